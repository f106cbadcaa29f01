package cosign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A statement is the part of an in-toto statement that says which artifacts it
// is about, and of which kind it is
// (https://github.com/in-toto/attestation/tree/main/spec). What it says of them,
// the predicate, isn't read before the signature was found right.
type statement struct {
	Type          once[string]   `json:"_type"`
	Subject       once[subjects] `json:"subject"`
	PredicateType once[string]   `json:"predicateType"`
}

type resource struct {
	Name   once[string]    `json:"name"`
	Digest once[digestSet] `json:"digest"`
}

func parseStatement(payload []byte) (*statement, error) {
	s := new(statement)
	err := json.Unmarshal(payload, s)
	if errors.Is(err, algorithm.ErrTooLarge) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: in-toto statement: %w", algorithm.ErrMalformed, err)
	}
	if t := s.Type.value; t != inTotoStatement01 && t != inTotoStatement1 {
		return nil, fmt.Errorf("%w: a statement of type %q", algorithm.ErrUnsupported, t)
	}
	return s, nil
}

// subjects are bounded while they are read: the parsed form of many empty ones
// is a hundred times larger than they are.
type subjects []resource

func (s *subjects) UnmarshalJSON(text []byte) error {
	list := json.NewDecoder(bytes.NewReader(text))
	if start, err := list.Token(); err != nil || start != json.Delim('[') {
		return errors.New("subject is not a list")
	}
	for list.More() {
		if len(*s) == maxSubjects {
			return fmt.Errorf("%w: a statement about more than %d subjects", algorithm.ErrTooLarge, maxSubjects)
		}
		var one resource
		if err := list.Decode(&one); err != nil {
			return err
		}
		*s = append(*s, one)
	}
	return nil
}

var errTwice = errors.New("the same key twice")

// A once is a value in JSON whose key may stand there once. Of two, one reader
// takes the first and another the last, so that a signature would not say which
// artifact is meant.
type once[T any] struct {
	value T
	set   bool
}

func (o *once[T]) UnmarshalJSON(text []byte) error {
	if o.set {
		return errTwice
	}
	o.set = true
	return json.Unmarshal(text, &o.value)
}

// A digestSet has digests in hex by the names of their algorithms, none twice.
type digestSet map[string]string

func (d *digestSet) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*map[string]string)(d)); err != nil {
		return err
	}
	// Each of the map came with a key and a value, and so each of the text must.
	keys := 0
	for tokens := json.NewDecoder(bytes.NewReader(text)); ; keys++ {
		if _, err := tokens.Token(); err != nil {
			break
		}
	}
	if *d != nil && keys != 2*len(*d)+2 { // with both braces
		return errTwice
	}
	return nil
}
