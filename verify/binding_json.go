package verify

import (
	"encoding/json"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// The names of what can be bound.
const (
	boundName    = "name"
	boundVersion = "version"
)

// MarshalJSON returns what is bound as a list: ["name", "version"], one of them, or
// none.
func (b Binding) MarshalJSON() ([]byte, error) {
	list := []string{}
	if b.Name {
		list = append(list, boundName)
	}
	if b.Version {
		list = append(list, boundVersion)
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads such a list. The error wraps [algorithm.ErrMalformed] for any
// other word.
func (b *Binding) UnmarshalJSON(data []byte) error {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	*b = Binding{}
	for _, word := range list {
		switch word {
		case boundName:
			b.Name = true
		case boundVersion:
			b.Version = true
		default:
			return fmt.Errorf("%w: %.40q is nothing that can be bound", algorithm.ErrMalformed, word)
		}
	}
	return nil
}
