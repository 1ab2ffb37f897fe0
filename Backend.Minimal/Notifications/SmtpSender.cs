using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Security;

using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace JamBox.Backend.Notifications;

/// <summary>Mails alerts, as plain text; those that are due together go into one mail.</summary>
internal sealed class SmtpSender : IAlertSender
{
    private const int TimeoutMs = 20_000;

    /// <summary>Alerts in one mail: when a network fails, its boxes fall silent together.</summary>
    private const int DigestMessages = 200;

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
    public int MaxMessages => DigestMessages;

    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken stopping)
    {
        using MimeMessage mail = Compose(messages);
        await PostAsync(mail, stopping).ConfigureAwait(false);
    }

    /// <summary>Hands a mail to the server; an exception = it did not take it.</summary>
    public async Task PostAsync(MimeMessage mail, CancellationToken stopping)
    {
        using SmtpClient smtp = new() { Timeout = TimeoutMs };
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        end.CancelAfter(TimeoutMs);
        await smtp.ConnectAsync(_options.SmtpHost!, _options.SmtpPort, Security(), end.Token).ConfigureAwait(false);
        if (_options.SmtpUser is not null)
        {
            await smtp.AuthenticateAsync(_options.SmtpUser, _options.SmtpPassword ?? "", end.Token).ConfigureAwait(false);
        }

        await smtp.SendAsync(mail, end.Token).ConfigureAwait(false);
        try
        {
            await smtp.DisconnectAsync(quit: true, end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ProtocolException or OperationCanceledException)
        {
            // The mail is accepted. How the server says good-bye is no reason to send it again.
        }
    }

    /// <summary>
    /// A mail is made of what devices and people have written, so that nothing in it may be taken for structure: a line feed in a subject
    /// would begin another header.
    /// </summary>
    private static string OneLine(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c));

    private MimeMessage Compose(IReadOnlyList<OutboxMessage> messages)
    {
        string[] subjects = [.. messages.Select(static message => Subject(message))];
        string[] texts = [.. messages.Select(static message => Member(message, "message"))];
        MailboxAddress from = MailboxAddress.Parse(_options.MailFrom!);
        OutboxMessage first = messages[0];
        string others = messages.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{messages.Count}");
        MimeMessage mail = new()
        {
            Subject = messages.Count == 1
                ? $"JamBox {subjects[0]}"
                : string.Create(CultureInfo.InvariantCulture, $"JamBox: {messages.Count} alerts"),
            Date = _clock.GetUtcNow(),

            // The same at every attempt: mail servers and programs drop repeats by it.
            MessageId = string.Create(CultureInfo.InvariantCulture, $"jambox-{first.CreatedAt}-{first.Id}{others}@{from.Domain}"),
            Body = new TextPart("plain")
            {
                Text = messages.Count == 1 ? texts[0] : string.Join("\n", subjects.Zip(texts, static (s, t) => $"{s}\n    {t}\n")),
            },
        };
        mail.From.Add(from);
        mail.To.Add(MailboxAddress.Parse(_options.MailTo!));
        return mail;
    }

    private static string Subject(OutboxMessage message) =>
        OneLine($"{Member(message, "alert_type")} {Member(message, "state")}: {message.DeviceId}");

    private static string Member(OutboxMessage message, string name)
    {
        using JsonDocument json = JsonDocument.Parse(message.Body);
        return json.RootElement.GetProperty(name).GetString() ?? "";
    }

    private SecureSocketOptions Security() =>
        !_options.SmtpTls ? SecureSocketOptions.None
        : _options.SmtpPort == TlsPort ? SecureSocketOptions.SslOnConnect
        : SecureSocketOptions.StartTls;
}
