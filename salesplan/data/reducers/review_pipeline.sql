-- Opportunities entered, won and lost by seller and month, and the amount open at each month's end.
WITH month_end AS (
    SELECT unnest($months::DATE[]) AS month, unnest($ends::DATE[]) AS last_day
)
SELECT
    d.seller_id,
    m.month::TIMESTAMP AS month,
    count(*) FILTER (WHERE d.status IS DISTINCT FROM 'void' AND d.created_date >= m.month) AS opportunities,
    count(*) FILTER (WHERE d.status = 'won' AND d.closed_on >= m.month AND d.closed_on <= m.last_day) AS won,
    count(*) FILTER (WHERE d.status = 'lost' AND d.closed_on >= m.month AND d.closed_on <= m.last_day) AS lost,
    coalesce(sum(d.amount) FILTER (WHERE coalesce(d.status, 'open') = 'open' OR d.closed_on > m.last_day), 0)::DOUBLE AS pipeline
FROM month_end AS m
JOIN review_deal AS d
    ON d.created_date <= m.last_day
    AND (coalesce(d.status, 'open') = 'open' OR d.closed_on >= m.month OR d.created_date >= m.month)
WHERE d.seller_id IS NOT NULL
GROUP BY ALL
ORDER BY ALL
