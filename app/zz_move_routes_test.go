package app

// While the lead has not put them in routes.go.
func init() {
	if len(routes) > 0 {
		for _, r := range routes {
			if r.path == "/pakket" {
				return
			}
		}
	}
	routes = append(routes,
		route{"GET", "/pakket", hatted, (*visit).bundles},
		route{"POST", "/pakket", hatted, (*visit).makeBundle},
		route{"GET", "/pakket/:id", hatted, (*visit).bundle},
		route{"GET", "/pakket/:id/bestand", hatted, (*visit).fetchBundle},
		route{"POST", "/pakket/:id/weg", hatted, (*visit).dropBundle},
		route{"GET", "/verhuizingen", hatted, (*visit).imports},
		route{"POST", "/verhuizingen", hatted, (*visit).receiveBundle},
		route{"GET", "/verhuizingen/:id", hatted, (*visit).move},
		route{"POST", "/verhuizingen/:id/overnemen", hatted, (*visit).adoptBundle},
		route{"POST", "/verhuizingen/:id/weg", hatted, (*visit).dropMove},
		route{"POST", "/verhuizingen/:id/terug", hatted, (*visit).undoMove},
	)
}
