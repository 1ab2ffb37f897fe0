namespace JamBox.Backend.Notifications;

/// <summary><c>Alerts:*</c>. Without webhook and SMTP host, alerts go to the log only.</summary>
/// <param name="WebhookUrl">Where alerts are posted.</param>
/// <param name="WebhookSecret">What their signature is made with.</param>
/// <param name="SmtpHost">The mail server.</param>
/// <param name="SmtpPort">Its port, 1 to 65535; 587 unless said.</param>
/// <param name="SmtpUser">User there, if it asks.</param>
/// <param name="SmtpPassword">The user's password.</param>
/// <param name="SmtpTls">Whether STARTTLS is demanded; yes unless said.</param>
/// <param name="MailFrom">The sender.</param>
/// <param name="MailTo">The receiver.</param>
internal sealed record NotificationOptions(
    Uri? WebhookUrl, string? WebhookSecret, string? SmtpHost, int SmtpPort, string? SmtpUser, string? SmtpPassword, bool SmtpTls,
    string? MailFrom, string? MailTo);
