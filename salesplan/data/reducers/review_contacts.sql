-- Visits and contacts that took place by seller and month; a task is no contact.
SELECT
    rep_id AS seller_id,
    date_trunc('month', activity_date)::TIMESTAMP AS month,
    count(*) FILTER (WHERE type = 'visit') AS visits,
    count(*) FILTER (WHERE type <> 'task' AND customer_id IS NOT NULL) AS contacts
FROM activity
WHERE coalesce(is_completed, true)
  AND rep_id IS NOT NULL
  AND activity_date BETWEEN $start::DATE AND $as_of::DATE
GROUP BY ALL
ORDER BY ALL
