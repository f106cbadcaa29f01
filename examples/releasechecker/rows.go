package main

import "github.com/relseal/relseal/examples/internal/output"

// rows are the results that a table shows, what is refused first: so many that a
// person may read them, and memory stays what it is.
type rows struct {
	bad, good         []row
	moreBad, moreGood int
}

// A row is a result as far as it is shown; its texts may be.
type row struct {
	status, target, name, why string
	message, remedy           string
}

const (
	maxBad  = 500
	maxGood = 200
)

func (rs *rows) add(r *result) {
	one := row{status: r.Status(), target: output.Label(r.Target), name: r.Name(), why: r.Why()}
	if one.status != refused {
		if len(rs.good) == maxGood {
			rs.moreGood++
			return
		}
		rs.good = append(rs.good, one)
		return
	}
	if len(rs.bad) == maxBad {
		rs.moreBad++
		return
	}
	one.message, one.remedy = r.Message(), remedy(r)
	rs.bad = append(rs.bad, one)
}
