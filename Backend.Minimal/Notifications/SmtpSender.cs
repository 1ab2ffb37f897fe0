using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Text.Json;

namespace JamBox.Backend.Notifications;

/// <summary>Mails alerts, as plain text.</summary>
internal sealed class SmtpSender : IAlertSender
{
    private const int TimeoutMs = 20_000;

    private readonly NotificationOptions _options;

    /// <summary>Makes the sender.</summary>
    public SmtpSender(NotificationOptions options)
    {
        _options = options;
    }

    /// <inheritdoc/>
    public string Channel => AlertChannels.Smtp;

    /// <inheritdoc/>
    public bool IsOn => _options.SmtpHost is not null;

    /// <inheritdoc/>
    public async Task SendAsync(OutboxMessage message, CancellationToken stopping)
    {
        using JsonDocument json = JsonDocument.Parse(message.Body);
        string text = json.RootElement.GetProperty("message").GetString() ?? "";
        string kind = $"{json.RootElement.GetProperty("alert_type").GetString()} {json.RootElement.GetProperty("state").GetString()}";
        using MailMessage mail = new(_options.MailFrom!, _options.MailTo!)
        {
            Subject = $"JamBox {kind}: {json.RootElement.GetProperty("device_id").GetString()}",
            Body = text,
        };
        // The same at every attempt: mail servers and programs drop repeats by it.
        mail.Headers.Add("Message-ID", string.Create(CultureInfo.InvariantCulture, $"<jambox-{message.CreatedAt}-{message.Id}@{mail.From!.Host}>"));
        using SmtpClient smtp = new(_options.SmtpHost, _options.SmtpPort) { EnableSsl = _options.SmtpTls, Timeout = TimeoutMs };
        if (_options.SmtpUser is not null)
        {
            smtp.Credentials = new NetworkCredential(_options.SmtpUser, _options.SmtpPassword);
        }

        await smtp.SendMailAsync(mail, stopping).ConfigureAwait(false);
    }
}
