package main

import (
	"context"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamregister "github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

// register makes the pipeline's functions and types known to Beam, for workers that
// are other processes. It comes before the command line is read.
func register() {
	beamregister.Function2x0(cut)
	beamregister.Function2x1(countOf)
	beamregister.DoFn3x1[context.Context, share, func(verdict, int), error](&checkFn{})
	beamregister.DoFn3x1[context.Context, int, func(*count) bool, error](&writeCountsFn{})
	beamregister.Emitter1[share]()
	beamregister.Emitter2[verdict, int]()
	beamregister.Iter1[count]()
	for _, v := range []any{inputFile{}, share{}, verdict{}, count{}} {
		beam.RegisterType(reflect.TypeOf(v))
	}
}
