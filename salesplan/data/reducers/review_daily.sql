-- Sales by day and leaf of the review's organisation; leaves in tree order.
SELECT l.date::TIMESTAMP AS date, p.unit_id, sum(l.amount_fen)::BIGINT AS amount_fen
FROM review_line AS l
JOIN review_leaf AS p ON p.org_id = l.org_id AND p.rep_id = l.rep_id
WHERE l.month >= $start::DATE
GROUP BY l.date, p.unit_id, p.place
ORDER BY p.place, l.date
