-- What a report looks for among all events, of which they are few.
CREATE INDEX evidence_rare ON evidence (kind)
	WHERE kind IN ('parked', 'retried', 'acknowledged', 'drift-settled');

-- What a request was given: the report asks so of each.
CREATE INDEX grant_request ON "grant" (request_id) WHERE request_id IS NOT NULL;
