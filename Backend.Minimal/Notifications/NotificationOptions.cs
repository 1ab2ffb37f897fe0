using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Notifications;

/// <summary><c>Alerts:*</c>. Without webhook and SMTP host, alerts go to the log only.</summary>
internal sealed class NotificationOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Alerts";

    /// <summary>Where alerts are posted.</summary>
    [WebAddress]
    public Uri? WebhookUrl { get; set; }

    /// <summary>What their signature is made with; needed with <see cref="WebhookUrl"/>.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>The mail server.</summary>
    public string? SmtpHost { get; set; }

    /// <summary>Its port, 1 to 65535; 587 unless said.</summary>
    [WholeNumber(1, ushort.MaxValue)]
    public int SmtpPort { get; set; } = 587;

    /// <summary>User there, if it asks.</summary>
    public string? SmtpUser { get; set; }

    /// <summary>The user's password.</summary>
    public string? SmtpPassword { get; set; }

    /// <summary>Whether TLS is demanded: from the first byte at port 465, by STARTTLS at any other; yes unless said.</summary>
    public bool SmtpTls { get; set; } = true;

    /// <summary>The sender; needed with <see cref="SmtpHost"/>.</summary>
    [Mailbox]
    public string? MailFrom { get; set; }

    /// <summary>The receiver; needed with <see cref="SmtpHost"/>.</summary>
    [Mailbox]
    public string? MailTo { get; set; }

    /// <summary>
    /// Seconds in which the same of the same device is told once, and counted from then on, 10 to 86,400; users are mailed as often at
    /// most.
    /// 300 unless said.
    /// </summary>
    [WholeNumber(10, 86_400)]
    public int CooldownSeconds { get; set; } = 300;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (WebhookUrl is not null && WebhookSecret is null)
        {
            yield return new ValidationResult(
                "is needed with Alerts:WebhookUrl: every message is signed with it.", [nameof(WebhookSecret)]);
        }

        if (SmtpHost is not null && (MailFrom is null || MailTo is null))
        {
            yield return new ValidationResult("Alerts:SmtpHost needs Alerts:MailFrom and Alerts:MailTo.", [nameof(MailTo)]);
        }
    }
}
