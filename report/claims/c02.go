package claims

// c02 gives the database more cores and leaves its client as it is.
func c02() Claim {
	return Claim{
		ID:        "C02",
		Says:      `"I do not see any difference" in SQL programming, "except (hopefully) on the performance side"`,
		Quote:     "yes, internally the database may have support for multiple cores, it may be able to perform parallel restore and other neat tricks, but as a programmer I do not see any difference in my day to day SQL programming, except (hopefully) on the performance side.",
		Kind:      Measured,
		Number:    "the speed-up for each doubling of the database's own cores, its client unchanged",
		Supported: "1.5 or more", Refuted: "below 1.1",
		Where: "web on PostgreSQL, disjoint CPUs", Cores: "3+",
		Waits: []string{"workload web", "PostgreSQL cells"},
	}
}
