-- Who sold to each customer last (the smaller id when several did that day).
SELECT customer_id, rep_id, order_date
FROM counted_line
WHERE customer_id IS NOT NULL
  AND rep_id IS NOT NULL
  AND ($as_of::DATE IS NULL OR order_date <= $as_of::DATE)
  AND ($currency::VARCHAR IS NULL OR coalesce(currency, $currency::VARCHAR) = $currency::VARCHAR)
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY order_date DESC, rep_id) = 1
ORDER BY customer_id
