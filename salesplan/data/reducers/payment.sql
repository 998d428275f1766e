-- Money received, one row a receipt, refunds negative; a receipt that names no seller is the seller's of its order.
WITH ordered AS (
    SELECT order_id, min(order_date) AS order_date, arg_max(rep_id, amount) AS rep_id
    FROM counted_line
    GROUP BY order_id
)
SELECT
    r.receipt_date AS date,
    r.receipt_date,
    coalesce(r.rep_id, ordered.rep_id) AS rep_id,
    r.customer_id,
    u.tier AS customer_type,
    r.order_id,
    r.receipt_id,
    CASE WHEN coalesce(r.is_refund, false) THEN -abs(r.amount) ELSE r.amount END AS amount,
    coalesce(r.is_refund, false) AS is_refund,
    ordered.order_date,
    date_diff('day', ordered.order_date, r.receipt_date) AS days_to_pay
FROM receipt AS r
LEFT JOIN ordered ON ordered.order_id = r.order_id
LEFT JOIN customer AS u ON u.customer_id = r.customer_id
WHERE r.amount IS NOT NULL
  AND ($as_of::DATE IS NULL OR r.receipt_date <= $as_of::DATE)
  AND ($currency::VARCHAR IS NULL OR coalesce(r.currency, $currency::VARCHAR) = $currency::VARCHAR)
