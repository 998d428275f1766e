-- Where people sold in the twelve months up to each of some months.
WITH monthly AS (
    SELECT month, rep_id, org_id, sum(amount_fen)::BIGINT AS amount_fen
    FROM review_line
    WHERE rep_id <> '' AND org_id <> 'unassigned'
    GROUP BY ALL
),
asked AS (
    SELECT unnest($months::DATE[]) AS month
)
SELECT a.month::TIMESTAMP AS month, s.rep_id, s.org_id, sum(s.amount_fen)::DOUBLE / 100 AS amount
FROM asked AS a
JOIN monthly AS s ON s.month > a.month - INTERVAL 12 MONTHS AND s.month <= a.month
GROUP BY ALL
ORDER BY ALL
