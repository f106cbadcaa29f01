package verify

import (
	"context"
	"fmt"
	"maps"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// key returns the parsed key, for which it reads what has to be read. A key that is
// in another group as well is a [listedTwiceError].
func (t *trust) key(ctx context.Context, s *session, family algorithm.Algorithm) (algorithm.Key, error) {
	key, err := t.read(ctx, s, family)
	if err != nil || !t.several {
		return key, err
	}
	if err := s.bounds.add(t, key); err != nil {
		return nil, fail(stageKey, "", err)
	}
	return key, nil
}

func (t *trust) read(ctx context.Context, s *session, family algorithm.Algorithm) (algorithm.Key, error) {
	if t.parsed != nil {
		return t.parsed, nil
	}
	var texts []string
	for _, src := range t.keys {
		text, err := s.content(ctx, src)
		if err != nil {
			return nil, t.unread(src, err)
		}
		texts = append(texts, string(text))
	}
	values := maps.Clone(t.values)
	for name, src := range t.contents {
		content, err := s.content(ctx, src)
		if err != nil {
			return nil, t.unread(src, err)
		}
		values[name] = algorithm.Value{Content: content}
	}
	key, err := t.newKey(family, texts, values)
	if err != nil {
		return nil, fail(stageKey, "", t.about(err))
	}
	return key, nil
}

func (t *trust) newKey(family algorithm.Algorithm, texts []string, values map[string]algorithm.Value) (algorithm.Key, error) {
	trusted := algorithm.Trust{PublicKeys: texts, Values: values}
	if _, ok := family.(algorithm.Binder); ok && (t.demand.name != "" || t.demand.version != "") {
		trusted.Bind = t.bind // of a copy of mustSay: keys are remembered, and tables needn't be
	}
	name := newImprint()
	name.key(family.Name(), trusted, t.mustSay)
	return t.keyring.key(name.sum(), trustSize(trusted), func() (algorithm.Key, error) {
		key, err := family.Key(trusted)
		if err == nil && key == nil {
			err = fmt.Errorf("%w: algorithm %q returned no key", ErrUnverified, family.Name())
		}
		return key, err
	})
}

// about says where the keys stand: at their line where it is one.
func (t *trust) about(err error) error {
	if len(t.keys) == 1 {
		return t.table.WrapKey(t.keys[0].Key, t.keys[0].Line, err)
	}
	return t.table.Wrap(err)
}

// unread says where the table names a file or a URL that can't be read.
func (t *trust) unread(src metadata.Source, err error) error {
	refusal, ok := err.(*Error) //nolint:errorlint // content's own
	if !ok {
		return err
	}
	at := t.table.Wrap(refusal.Err)
	if src.Key != "" {
		at = t.table.WrapKey(src.Key, src.Line, refusal.Err)
	}
	said := *refusal
	said.Err = &unreadError{refusal.Err, at}
	return &said
}

// An unreadError has the place in the table as words alone: as a [*metadata.Error] it
// would be the table's fault, and have that reason.
type unreadError struct {
	error

	at *metadata.Error
}

func (e *unreadError) Error() string { return e.at.Error() }
func (e *unreadError) Unwrap() error { return e.error }
