package cosign

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
)

// The names of trusted roots in the evidence.
const (
	publicGood = "public-good"
	gitHub     = "GitHub"
)

// Whom the known trusted roots have had, a line each: the kind, from and to
// when it is to be trusted, the SHA-256 of its certificates or of its key, and its
// address.
const (
	publicGoodMembers = `
ca 2021-03-07T03:20:29Z 2022-12-31T23:59:59.999Z 03a38ffb1f450100c2596d1d10b900ac4d504058006dda58199576bbeb9c73d0 https://fulcio.sigstore.dev
ca 2022-04-13T20:06:15Z - cf5f49145cc815a8dfe06f9eee5e464e15497852d92cd994192b983f234e3bf6 https://fulcio.sigstore.dev
tsa 2025-07-04T00:00:00Z - ab0cf070e217c96aae5642a3f58f23620e874c74745dd20d83aee416c197789f https://timestamp.sigstore.dev/api/v1/timestamp
log 2021-01-12T11:53:27Z - c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d https://rekor.sigstore.dev
log 2025-09-23T00:00:00Z - b54813cb63d8859870a5e78500cc6adcfdf59723edae93ee8d25faf2475a0690 https://log2025-1.rekor.sigstore.dev
ctlog 2021-03-14T00:00:00Z 2022-10-31T23:59:59.999Z 086092f02852ff6845d1d16b27849c456718ac163dc338d26de6bc2206366f72 https://ctfe.sigstore.dev/test
ctlog 2022-10-20T00:00:00Z - dd3d306ac6c7113263191e1c99673702a24a5eb8de3cadff878a72802f29ee8e https://ctfe.sigstore.dev/2022
`
	gitHubMembers = `
ca 2023-10-27T16:30:00Z 2024-05-25T00:00:00Z ff01c1ede509be714130aba267d86f5fde679ba9d58992684d1cfcb2e603afbe fulcio.githubapp.com
ca 2024-05-13T00:00:00Z 2024-10-25T00:00:00Z 821c679d98aad1e129a9e4c84d7a4fb7ccf893859b747a0fa81ce82ba977d6a7 fulcio.githubapp.com
ca 2024-10-07T00:00:00Z 2025-06-19T00:00:00Z c9565d2fa0287dee181676b55f88fdcda69114ee70bfe752b782c67264d14613 fulcio.githubapp.com
ca 2025-05-27T00:00:00Z 2025-12-09T00:00:00Z 41051b771861912087bb1e49b3a8c527949a9423ac0d401d6502b4d182d5115a fulcio.githubapp.com
ca 2025-11-13T00:00:00Z 2026-07-13T00:00:00Z b6be2b57c3e678abd9048bd1b0af8c344eaa17ca3f52c5087d61b0334fe7d9f7 fulcio.githubapp.com
ca 2026-06-12T00:00:00Z - 30405b8ca904922981bd44e204f6063f86a8ab34f82114d60e8bc7e13b231848 fulcio.githubapp.com
tsa 2023-10-27T16:30:00Z 2024-05-25T00:00:00Z 012983bf9e5cbc2a3c80b9ea94e98999aecff8e306ceb235ed31a79cdfe24f03 timestamp.githubapp.com
tsa 2024-05-13T00:00:00Z 2024-10-25T00:00:00Z e35c1a07c90e929ef0592fbea1e19e92bdb2d282179c124c334ec50b9926e84f timestamp.githubapp.com
tsa 2024-10-07T00:00:00Z 2025-06-19T00:00:00Z a6554109cd2ba07a2bc972ebed759abc83c8839d7891ec678834b98acd457d5c timestamp.githubapp.com
tsa 2025-05-27T00:00:00Z 2025-12-09T00:00:00Z 6c597a11662456a0dd10cb3f1f244aac821589967135c271bd18b2b491ed761d timestamp.githubapp.com
tsa 2025-11-13T00:00:00Z 2026-07-13T00:00:00Z 244b2260eebabf10b984aeebca32cc192305c23b36f5caf6e9a4a963fc5c9587 timestamp.githubapp.com
tsa 2026-06-12T00:00:00Z - 81e98cf2d60c30bb06a137c147af56a9d1d405db15e378b4d6fab8271c80804c timestamp.githubapp.com
`
)

// rootName returns the name of a known trusted root: one that has a certificate
// authority and nobody whom the known one hasn't had, each with its own
// certificates, lifetime and address. A stranger in it makes it unknown, and so
// does a member that came after this program: a name must never be wrong, while
// the SHA-256 beside it says the same to whoever needs it.
func rootName(pb *prototrustroot.TrustedRoot) string {
	if len(pb.GetCertificateAuthorities()) == 0 {
		return ""
	}
	all := members(pb)
	for name, known := range map[string]string{publicGood: publicGoodMembers, gitHub: gitHubMembers} {
		if !slices.ContainsFunc(all, func(m string) bool { return !strings.Contains(known, "\n"+m+"\n") }) {
			return name
		}
	}
	return ""
}

// members writes down whom a trusted root has, in lines like those above.
func members(pb *prototrustroot.TrustedRoot) []string {
	var lines []string
	authority := func(kind string, list []*prototrustroot.CertificateAuthority) {
		for _, a := range list {
			digest := sha256.New()
			for _, cert := range a.GetCertChain().GetCertificates() {
				digest.Write(cert.GetRawBytes())
			}
			lines = append(lines, member(kind, a.GetValidFor(), digest.Sum(nil), a.GetUri()))
		}
	}
	log := func(kind string, list []*prototrustroot.TransparencyLogInstance) {
		for _, l := range list {
			sum := sha256.Sum256(l.GetPublicKey().GetRawBytes())
			lines = append(lines, member(kind, l.GetPublicKey().GetValidFor(), sum[:], l.GetBaseUrl()))
		}
	}
	authority("ca", pb.GetCertificateAuthorities())
	authority("tsa", pb.GetTimestampAuthorities())
	log("log", pb.GetTlogs())
	log("ctlog", pb.GetCtlogs())
	return lines
}

func member(kind string, valid *protocommon.TimeRange, sum []byte, uri string) string {
	start, end := "-", "-"
	if valid.GetStart() != nil {
		start = valid.GetStart().AsTime().Format(time.RFC3339Nano)
	}
	if valid.GetEnd() != nil {
		end = valid.GetEnd().AsTime().Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%s %s %s %s %s", kind, start, end, hex.EncodeToString(sum), uri)
}
