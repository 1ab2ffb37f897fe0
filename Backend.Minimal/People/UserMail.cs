using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

using MimeKit;

namespace JamBox.Backend.People;

/// <summary>A mail to one user, as it waits in the outbox.</summary>
/// <param name="To">The address.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The text.</param>
internal sealed record UserMail(
    [property: JsonPropertyName("to")] string To,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("text")] string Text)
{
    /// <summary>The channel in the outbox.</summary>
    public const string Channel = "mail";

    /// <summary>An invitation.</summary>
    public static UserMail Invitation(string to, Uri link, string by) => new(
        to, "Your JamBox account",
        $"{by} has made an account for you at JamBox.\n\nChoose your password here, within 7 days:\n{link}\n\nThe link is good once. If you expected none, do nothing.\n");

    /// <summary>A welcome, once there is a password.</summary>
    public static UserMail Welcome(string to, Uri address) => new(
        to, "Welcome to JamBox", $"Your account is ready. You sign in with this address, here:\n{new Uri(address, "/sign-in")}\n");

    /// <summary>A reset.</summary>
    public static UserMail Reset(string to, Uri link) => new(
        to, "A new JamBox password",
        $"Somebody, hopefully you, wants a new password for your JamBox account. Choose it here, within 30 minutes:\n{link}\n\nThe link is good once. If it was not you, do nothing: your password stays.\n");

    /// <summary>A device that is for somebody.</summary>
    public static UserMail Assigned(string to, Uri address, string serial) => new(
        to, "Your JamBox is on its way",
        $"{serial} is yours. When it is there, sign in with this address and claim it with the PIN on its label:\n{address}\n");

    /// <summary>Puts it into the outbox.</summary>
    public void Post(SqlSession session, long now) => session.Execute(
        "INSERT INTO outbox (alert_id, channel, body, created_at, next_at, attempts) VALUES (0, $1, $2, $3, $3, 0)",
        Channel, JsonSerializer.Serialize(this, PeopleJson.Default.UserMail), now);
}

/// <summary>Sends mails to users.</summary>
internal sealed class UserMailSender : IAlertSender
{
    private readonly NotificationOptions _options;
    private readonly SmtpSender _smtp;
    private readonly TimeProvider _clock;

    /// <summary>Makes the sender.</summary>
    public UserMailSender(NotificationOptions options, SmtpSender smtp, TimeProvider clock)
    {
        _options = options;
        _smtp = smtp;
        _clock = clock;
    }

    /// <inheritdoc/>
    public string Channel => UserMail.Channel;

    /// <inheritdoc/>
    public bool IsOn => _smtp.IsOn;

    /// <inheritdoc/>
    public int MaxMessages => 1;

    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken stopping)
    {
        OutboxMessage message = messages.Single();
        UserMail user = JsonSerializer.Deserialize(message.Body, PeopleJson.Default.UserMail)!;
        MailboxAddress from = MailboxAddress.Parse(_options.MailFrom!);
        using MimeMessage mail = new()
        {
            Subject = user.Subject,
            Date = _clock.GetUtcNow(),
            MessageId = string.Create(CultureInfo.InvariantCulture, $"jambox-{message.CreatedAt}-{message.Id}@{from.Domain}"),
            Body = new TextPart("plain") { Text = user.Text },
        };
        mail.From.Add(from);
        mail.To.Add(MailboxAddress.Parse(user.To));
        await _smtp.PostAsync(mail, stopping).ConfigureAwait(false);
    }
}
