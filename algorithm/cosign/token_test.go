package cosign

func checkTimestamp(response []byte) error {
	_, err := readToken(response)
	return err
}
