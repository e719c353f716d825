"""The contract between curation, training and the world: rows, manifest, template contract, expectation suites."""
