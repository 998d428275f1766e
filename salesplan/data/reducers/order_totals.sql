-- All order money, split by why it counts or does not; returns are negative among what counts.
WITH judged AS (
    SELECT
        CASE
            WHEN amount IS NULL THEN 'no amount'
            WHEN status = 'void' AND coalesce(is_return, false) THEN 'returned'
            WHEN coalesce(status, 'closed') NOT IN ('approved', 'closed') THEN status
            WHEN order_date > $as_of::DATE THEN 'after as_of'
            WHEN currency <> $currency::VARCHAR THEN 'other currency'
            ELSE 'counted'
        END AS reason,
        amount,
        coalesce(is_return, false) AS is_return
    FROM order_line
)
SELECT
    reason,
    count(*) AS lines,
    coalesce(sum(CASE WHEN is_return AND reason = 'counted' THEN -abs(amount) ELSE amount END), 0)::DOUBLE AS amount
FROM judged
GROUP BY ALL
ORDER BY ALL
