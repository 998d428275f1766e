-- Orders, money and customers by seller and month. A customer is new with the seller of its first counted order that is
-- no return, unless the customer list names an earlier first day. "n_undated" counts customers it names no first day for.
WITH opening AS (
    SELECT
        l.customer_id,
        min(l.date) AS first_date,
        arg_min(l.order_id, (l.date, l.order_id)) AS first_order_id
    FROM review_line AS l
    WHERE l.customer_id <> '' AND NOT l.is_return
    GROUP BY l.customer_id
)
SELECT
    l.rep_id AS seller_id,
    l.month::TIMESTAMP AS month,
    count(DISTINCT l.order_id) FILTER (WHERE NOT l.is_return) AS orders,
    sum(l.amount_fen)::BIGINT AS amount_fen,
    count(DISTINCT l.customer_id) FILTER (WHERE NOT l.is_return AND l.customer_id <> '') AS customers,
    count(DISTINCT l.customer_id) FILTER (
        WHERE NOT l.is_return AND l.order_id = o.first_order_id AND l.date = o.first_date
          AND coalesce(u.first_order_date >= l.date, true)) AS new_customers,
    count(DISTINCT l.customer_id) FILTER (WHERE l.customer_id <> '' AND u.first_order_date IS NULL) AS n_undated
FROM review_line AS l
LEFT JOIN opening AS o ON o.customer_id = l.customer_id
LEFT JOIN customer AS u ON u.customer_id = l.customer_id
WHERE l.month >= $start::DATE AND l.rep_id <> ''
GROUP BY ALL
ORDER BY ALL
