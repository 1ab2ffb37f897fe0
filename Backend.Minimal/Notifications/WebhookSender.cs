using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Backend.Notifications;

/// <summary>
/// Posts alerts. Headers: <c>X-JamBox-Delivery</c> (the same at every attempt, so that a receiver can drop repeats),
/// <c>X-JamBox-Timestamp</c> (seconds since 1970) and <c>X-JamBox-Signature</c>: <c>sha256=</c> and the hex HMAC-SHA-256 of
/// <c>timestamp.body</c> under <c>Alerts:WebhookSecret</c>.
/// </summary>
internal sealed class WebhookSender : IAlertSender, IDisposable
{
    private const int TimeoutSeconds = 10;

    private readonly NotificationOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
            MaxResponseContentBufferSize = 16 * 1024 };

    /// <summary>Makes the sender.</summary>
    public WebhookSender(NotificationOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
    }

    /// <inheritdoc/>
    public string Channel => AlertChannels.Webhook;

    /// <inheritdoc/>
    public bool IsOn => _options.WebhookUrl is not null;

    /// <summary>The signature of a message.</summary>
    public static string Sign(string secret, string timestamp, string body) =>
        "sha256=" + Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{body}")));

    /// <inheritdoc/>
    public int MaxMessages => 1;

    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken stopping)
    {
        OutboxMessage message = messages[0];
        string timestamp = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using HttpRequestMessage request = new(HttpMethod.Post, _options.WebhookUrl);
        request.Content = new StringContent(message.Body, Encoding.UTF8, "application/json");
        request.Headers.Add("X-JamBox-Delivery", message.Id.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("X-JamBox-Timestamp", timestamp);
        request.Headers.Add("X-JamBox-Signature", Sign(_options.WebhookSecret!, timestamp, message.Body));
        using HttpResponseMessage answer = await _http.SendAsync(request, stopping).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException(string.Create(CultureInfo.InvariantCulture, $"the webhook answered {(int)answer.StatusCode}"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
