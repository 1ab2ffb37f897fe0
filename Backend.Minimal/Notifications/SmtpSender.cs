using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

using JamBox.Backend.Security;

using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace JamBox.Backend.Notifications;

/// <summary>Mails alerts, as plain text.</summary>
internal sealed class SmtpSender : IAlertSender
{
    private const int TimeoutMs = 20_000;

    /// <summary>The port where TLS begins with the connection; at every other one it begins with STARTTLS.</summary>
    private const int TlsPort = 465;

    private readonly NotificationOptions _options;
    private readonly TimeProvider _clock;

    /// <summary>Makes the sender.</summary>
    public SmtpSender(NotificationOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
    }

    /// <inheritdoc/>
    public string Channel => AlertChannels.Smtp;

    /// <inheritdoc/>
    public bool IsOn => _options.SmtpHost is not null;

    /// <inheritdoc/>
    public async Task SendAsync(OutboxMessage message, CancellationToken stopping)
    {
        using MimeMessage mail = Compose(message);
        await PostAsync(mail, stopping).ConfigureAwait(false);
    }

    /// <summary>Hands a mail to the server.</summary>
    /// <exception cref="DeliveryException">It did not take it.</exception>
    public async Task PostAsync(MimeMessage mail, CancellationToken stopping)
    {
        using SmtpClient smtp = new() { Timeout = TimeoutMs };
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        end.CancelAfter(TimeoutMs);
        try
        {
            await smtp.ConnectAsync(_options.SmtpHost!, _options.SmtpPort, Security(), end.Token).ConfigureAwait(false);
            if (_options.SmtpUser is not null)
            {
                await smtp.AuthenticateAsync(_options.SmtpUser, _options.SmtpPassword ?? "", end.Token).ConfigureAwait(false);
            }

            await smtp.SendAsync(mail, end.Token).ConfigureAwait(false);
            await smtp.DisconnectAsync(quit: true, end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CommandException or ProtocolException or AuthenticationException or SslHandshakeException
            or NotSupportedException or SocketException)
        {
            throw new DeliveryException(e.Message, e);
        }
    }

    private MimeMessage Compose(OutboxMessage message)
    {
        using JsonDocument json = JsonDocument.Parse(message.Body);
        string kind = $"{json.RootElement.GetProperty("alert_type").GetString()} {json.RootElement.GetProperty("state").GetString()}";
        MailboxAddress from = MailboxAddress.Parse(_options.MailFrom!);
        MimeMessage mail = new()
        {
            Subject = $"JamBox {kind}: {json.RootElement.GetProperty("device_id").GetString()}",
            Date = _clock.GetUtcNow(),

            // The same at every attempt: mail servers and programs drop repeats by it.
            MessageId = string.Create(CultureInfo.InvariantCulture, $"jambox-{message.CreatedAt}-{message.Id}@{from.Domain}"),
            Body = new TextPart("plain") { Text = json.RootElement.GetProperty("message").GetString() ?? "" },
        };
        mail.From.Add(from);
        mail.To.Add(MailboxAddress.Parse(_options.MailTo!));
        return mail;
    }

    private SecureSocketOptions Security() =>
        !_options.SmtpTls ? SecureSocketOptions.None
        : _options.SmtpPort == TlsPort ? SecureSocketOptions.SslOnConnect
        : SecureSocketOptions.StartTls;
}
