// Package adapters is the root of the integrations below it; README.md lists them.
package adapters
