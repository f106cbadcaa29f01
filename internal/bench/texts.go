package main

// textHead begins the document.
const textHead = `# Benchmarks

Written by

    go run -C internal/bench . -out ../../docs/benchmarks.md

which needs the repository, Go, and some GiB of disk (` + "`-dir`" + ` says where) and of
memory. With ` + "`-short`" + ` it takes 64 MiB instead of 1 GiB; ` + "`-rows REGEXP`" + ` picks rows,
such as ` + "`-rows 'large/minisign/'`" + `, and ` + "`-rounds N`" + ` says how often. Programs that aren't
installed are left out. CI runs the short form, and fails only where a verification
allocates more than it may: times depend on the machine.

**How to read it.** Each line sets relseal beside one peer that did the same in the
same run, in turn, in an order that turns around with each round. *wall* and *CPU* are
relseal's own median times, CPU being user and system of all threads; each *ratio* is
relseal's time over the peer's: the median of all rounds, and the least and the
greatest. Under 1 relseal is faster. *cores* 1 is a process pinned to one processor
with GOMAXPROCS=1, 2 is two of each, for both sides. *MiB* is memory: in the tables of
programs and starts the largest resident size of the process, of which no less than the
2.5 MiB of what starts it can be told; elsewhere what it grew by, at most, while the work
was done. On a busy machine CPU says more than wall, and the medians more than the
greatest.

**What is where.** This table is of whole verifications beside what others do. What
belongs to one package stands there, for ` + "`go test -run '^$' -bench . work`" + `: the Reader
over bytes in memory and Save (` + "`verify`" + `), downloads with retries and resumption
(` + "`verify/https`" + `), each family's verifier over its bare hash and key types
(` + "`algorithm/…`" + `), keyless profiles and trusted roots (` + "`algorithm/cosign`" + `), and
Ed25519 over a stream (` + "`internal/ed25519stream`" + `).

## Measured on
`

const textLarge = `One process of the benchmark for each measurement, from the texts of key and
signature on, by Plan.File. *read, then hash* is a loop with a buffer of 256 KiB and the
hash that the signature is over, and verifies nothing. go-minisign and crypto/ed25519
take the whole file into memory.`

const textPrograms = `Whole processes: examples/verifyfile, which links every family, beside the program that
a family's users have, with the same key and signature.`

const textSave = `Plan.Save from a file in the page cache to a new one, beside a copy through
io.MultiWriter to a file and the family's hash, an fsync and a rename. Files are written
to ` + "`-dir`" + `.`

const textSmall = `Many verifications in one process; the times are of one. Keys, trusted roots and plans
are kept, signatures are parsed each time: a Plan that is opened again, beside the peer's
call. *ed25519.Verify* is the bare call, of the two signatures that minisign has, or
signify's one. The keyless rows have the trusted root in memory on both sides: relseal in
an fs.FS, where the table names it, from which it is read and compared each time. With two
cores two goroutines verify, and the wall time is all of it divided by all of them.`

const textAllocations = `What one of these verifications allocates, freed or not. Over a limit the command fails.`

const textStart = `A program that verifies 1 KiB by minisign, with a Fetcher of its own or with verify/https,
beside one that does nothing.`

const textDownload = `Plan.Download beside what doesn't verify. The server is a process of its own on the same
machine, and speaks HTTP/1.1; with one core it is the client that has one. Download
brings the file to the disk, as *fsync* does.`
