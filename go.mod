module github.com/relseal/relseal

go 1.26.0

require (
	filippo.io/edwards25519 v1.2.0
	github.com/pelletier/go-toml/v2 v2.4.3
)
