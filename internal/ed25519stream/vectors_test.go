package ed25519stream

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

func TestWycheproof(t *testing.T) {
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			PublicKey struct{ PK hexBytes }
			Tests     []struct {
				TcID     int
				Comment  string
				Msg, Sig hexBytes
				Result   string
			}
		}
	}
	data, err := os.ReadFile("testdata/wycheproof/ed25519_test.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	valid, all := 0, 0
	for _, group := range file.TestGroups {
		for _, tc := range group.Tests {
			all++
			want := tc.Result == "valid"
			if want {
				valid++
			}
			if got := verifyChunked(group.PublicKey.PK, tc.Msg, tc.Sig, 1); got != want {
				t.Errorf("%d (%s): %v, want %s", tc.TcID, tc.Comment, got, tc.Result)
			}
			checkAgainstStandardLibrary(t, group.PublicKey.PK, tc.Msg, tc.Sig)
		}
	}
	if all != file.NumberOfTests || valid == 0 || valid == all {
		t.Errorf("%d vectors of %d, %d of them valid", all, file.NumberOfTests, valid)
	}
}

// TestRFC8032 runs the vectors of sections 7.1 and 7.3.
func TestRFC8032(t *testing.T) {
	pure := []struct{ name, key, msg, sig string }{
		{
			"7.1 test 1", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"7.1 test 2", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		},
		{
			"7.1 test 3", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
		},
		{
			"7.1 test SHA(abc)", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
			"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
			"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
		},
	}
	for _, tc := range pure {
		key, msg, sig := unhex(t, tc.key), unhex(t, tc.msg), unhex(t, tc.sig)
		if !Verify(key, msg, sig) {
			t.Errorf("%s is refused", tc.name)
		}
		if Verify(key, append(msg, 0), sig) {
			t.Errorf("%s with another message is accepted", tc.name)
		}
	}

	// 7.3 test abc
	key, sig := unhex(t, "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"), unhex(t,
		"98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406")
	sum := sha512.Sum512([]byte("abc"))
	if !VerifyPh(key, sum[:], sig) {
		t.Error("the Ed25519ph vector is refused")
	}
	if Verify(key, []byte("abc"), sig) || Verify(key, sum[:], sig) {
		t.Error("an Ed25519ph signature passes as a pure one")
	}
}

func TestVerifyPhRefuses(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	sum := sha512.Sum512([]byte("message"))
	sig, err := private.Sign(nil, sum[:], &ed25519.Options{Hash: crypto.SHA512})
	if err != nil {
		t.Fatal(err)
	}
	withContext, err := private.Sign(nil, sum[:], &ed25519.Options{Hash: crypto.SHA512, Context: "context"})
	if err != nil {
		t.Fatal(err)
	}
	other := sha512.Sum512([]byte("other"))
	for _, tc := range []struct {
		name          string
		key, sum, sig []byte
		want          bool
	}{
		{"right", public, sum[:], sig, true},
		{"another message", public, other[:], sig, false},
		{"with a context", public, sum[:], withContext, false},
		{"a pure signature of the digest", public, sum[:], ed25519.Sign(private, sum[:]), false},
		{"a digest of another length", public, sum[:32], sig, false},
		{"no digest", public, nil, sig, false},
		{"no key", nil, sum[:], sig, false},
		{"no signature", public, sum[:], nil, false},
		{"a key of small order", append([]byte{1}, make([]byte, 31)...), sum[:], append([]byte{1}, make([]byte, 63)...), false},
	} {
		if got := VerifyPh(tc.key, tc.sum, tc.sig); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// speccheck holds the cases of "Taming the many EdDSAs" (Chalkias, Garillot,
// Nikolaenko, 2020, section 5), on which implementations differ. standard is
// what crypto/ed25519 says, err is why New refuses; nil where it doesn't.
var speccheck = []struct {
	name          string
	key, msg, sig string
	standard      bool
	err           error
}{
	{
		"0: small A and R, S = 0",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
		true, algorithm.ErrWeak,
	},
	{
		"1: small A",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
		"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
		true, algorithm.ErrWeak,
	},
	{
		"2: small R",
		"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
		"aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
		true, algorithm.ErrInvalid,
	},
	{
		"3: mixed A and R, both equations hold",
		"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
		"9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
		"9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
		true, nil,
	},
	{
		"4: mixed A and R, only the equation with cofactor holds",
		"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
		"e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
		"160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
		false, nil,
	},
	{
		"5: mixed A, only the equation with cofactor holds",
		"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
		"e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
		"21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
		false, nil,
	},
	{
		"6: S > L",
		"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
		"85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
		"e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
		false, algorithm.ErrInvalid,
	},
	{
		"7: S >> L",
		"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
		"85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
		"8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
		false, algorithm.ErrInvalid,
	},
	{
		"8: R not canonical, reduced before hashing",
		"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
		"9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
		false, algorithm.ErrInvalid,
	},
	{
		"9: R not canonical",
		"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
		"9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
		false, algorithm.ErrInvalid,
	},
	{
		"10: A not canonical, reduced before hashing",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
		"a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
		false, algorithm.ErrWeak,
	},
	{
		"11: A not canonical",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
		"a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
		true, algorithm.ErrWeak,
	},
}

func TestSpeccheck(t *testing.T) {
	for _, tc := range speccheck {
		key, msg, sig := unhex(t, tc.key), unhex(t, tc.msg), unhex(t, tc.sig)
		if got := ed25519.Verify(key, msg, sig); got != tc.standard {
			t.Errorf("%s: crypto/ed25519 says %v", tc.name, got)
		}
		if _, err := New(key, sig); !errors.Is(err, tc.err) {
			t.Errorf("%s: New returns %v, want %v", tc.name, err, tc.err)
		}
		if got, want := Verify(key, msg, sig), tc.standard && tc.err == nil; got != want {
			t.Errorf("%s: %v, want %v", tc.name, got, want)
		}
		checkAgainstStandardLibrary(t, key, msg, sig)
	}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
