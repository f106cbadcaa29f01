package shapes

import (
	"context"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// Aqua downloads a package of a registry, in which each has a URL and a signing table
// of its own, as aqua's registry has its own settings of each.
//
// What a table declares is binding on every platform, since no other program is needed,
// and a package without one is refused. Every table has to bind the version.
func Aqua(ctx context.Context, s Site, families []algorithm.Algorithm, registry []byte, name, version, dst string) (*verify.Report, error) {
	var packages map[string]struct{ URL string }
	if err := toml.Unmarshal(registry, &packages); err != nil {
		return nil, err
	}
	table, err := metadata.ParseAt("registry.toml", registry, fmt.Sprintf("%q.signing", name))
	if err != nil {
		return nil, err
	}
	variables := map[string]string{"site": s.URL, "name": name, "version": version}
	address, err := template.Parse(packages[name].URL)
	if err != nil {
		return nil, err
	}
	url, err := address.Render(variables)
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: families, Fetcher: s.Fetcher, Bind: verify.Binding{Name: true, Version: true}})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{URL: url, Variables: variables}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}
