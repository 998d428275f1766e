-- Sales by month, booked unit and seller.
SELECT month::TIMESTAMP AS month, org_id, rep_id, sum(amount_fen)::BIGINT AS amount_fen
FROM review_line
GROUP BY ALL
ORDER BY ALL
