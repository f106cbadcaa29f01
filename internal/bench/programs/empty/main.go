// Empty does nothing: the start of a Go program and nothing else.
package main

func main() {}
