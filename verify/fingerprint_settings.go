package verify

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// settingsOf is how a family is set, as a text that two families share only if
// they are set alike. A family that doesn't say it itself is a value of plain
// kinds, and all its fields count but clocks.
func settingsOf(family algorithm.Algorithm) (string, error) {
	v := reflect.ValueOf(family)
	if says, ok := family.(algorithm.Fingerprinter); ok {
		return fmt.Sprintf("%s says %q", nameOfType(v.Type()), says.Fingerprint()), nil
	}
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	var b strings.Builder
	if err := settings(&b, v); err != nil {
		return "", fmt.Errorf("%w: a fingerprint with the family %q, of which %w: it has to be an algorithm.Fingerprinter", algorithm.ErrUnsupported, family.Name(), err)
	}
	return b.String(), nil
}

// nameOfType tells types of one name in several packages apart.
func nameOfType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return "*" + nameOfType(t.Elem())
	}
	return t.PkgPath() + " " + t.String()
}

// plainValue is one as a text, whatever its type's own methods say of it: a type may
// hide what it holds from whoever prints it.
func plainValue(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool()) + ";"
	case v.Kind() == reflect.String:
		return strconv.Quote(v.String()) + ";"
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10) + ";"
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10) + ";"
	default:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64) + ";"
	}
}

// settings writes a value so that no two are written alike: each says its type, and
// how many it has in it before they come.
func settings(b *strings.Builder, v reflect.Value) error {
	if v.Type() == reflect.TypeFor[func() time.Time]() {
		return nil
	}
	fmt.Fprintf(b, "%q ", nameOfType(v.Type()))
	switch v.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64:
		b.WriteString(plainValue(v))
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() { // which may mean a default
			b.WriteString("nil")
		}
		fmt.Fprintf(b, "%d:", v.Len())
		for i := range v.Len() {
			if err := settings(b, v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		fmt.Fprintf(b, "%d:", v.NumField())
		for i := range v.NumField() {
			fmt.Fprintf(b, "%q:", v.Type().Field(i).Name)
			if err := settings(b, v.Field(i)); err != nil {
				return fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
	case reflect.Func, reflect.Pointer, reflect.Map, reflect.Interface, reflect.Chan:
		if !v.IsNil() {
			return fmt.Errorf("a %s can't be told", v.Type())
		}
	default:
		return fmt.Errorf("a %s can't be told", v.Type())
	}
	return nil
}
