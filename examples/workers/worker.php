<?php
// A worker in plain PHP: it verifies the signature of each request, and does each job once.
//
//     WEBHOOK_SECRET=whsec_... php -S 127.0.0.1:8080 worker.php
//
// WEBHOOK_SECRET is the daemon's INVOKER_SIGNING_SECRET. SHIPMENTS names a folder that exists.

declare(strict_types=1);

const TOLERANCE = 300; // seconds by which the clocks may differ

function is_signed(string $body, string $secret): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if ($id === '' || !ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE) {
        return false;
    }
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

// Here the job is to write a file, and its name tells that it is done. With a database, do the job and
// insert the id of the message in one transaction.
function ship(string $message_id, int $order): void
{
    $path = (getenv('SHIPMENTS') ?: '.') . '/' . rawurlencode($message_id);
    $file = @fopen($path, 'x');
    if ($file !== false) {
        fwrite($file, "order $order\n");
        fclose($file);
    } elseif (!file_exists($path)) {
        throw new RuntimeException("cannot write $path");
    }
}

http_response_code(500); // what the daemon gets if the job ends with an error
$body = file_get_contents('php://input');
if (!is_signed($body, getenv('WEBHOOK_SECRET'))) {
    http_response_code(401);
    exit;
}
ship($_SERVER['HTTP_WEBHOOK_ID'], json_decode($body, true, 512, JSON_THROW_ON_ERROR)['order']);
http_response_code(200);
