using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.People;
using JamBox.Backend.Storage;

using MimeKit;

namespace JamBox.Backend.Reports;

/// <summary>
/// Mails reports, made at that moment: of the places that are the reader's then, and of none if they are disabled or want none any more.
/// </summary>
internal sealed class ReportSender : IAlertSender
{
    /// <summary>The channel in the outbox.</summary>
    public const string ChannelName = "report";

    private readonly NotificationOptions _options;
    private readonly PeopleOptions _people;
    private readonly SmtpSender _smtp;
    private readonly ReportMaker _maker;
    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the sender.</summary>
    public ReportSender(
        NotificationOptions options, PeopleOptions people, SmtpSender smtp, ReportMaker maker, Store store, TimeProvider clock)
    {
        _options = options;
        _people = people;
        _smtp = smtp;
        _maker = maker;
        _store = store;
        _clock = clock;
    }

    /// <inheritdoc/>
    public string Channel => ChannelName;

    /// <inheritdoc/>
    public bool IsOn => _smtp.IsOn;

    /// <inheritdoc/>
    public int MaxMessages => 1;

    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken stopping)
    {
        OutboxMessage message = messages.Single();
        QueuedReport queued = JsonSerializer.Deserialize(message.Body, ReportJson.Default.QueuedReport)!;
        if (await _store.ReadAsync(queued, ReportSql.Address).ConfigureAwait(false) is not { } address)
        {
            return;
        }

        ReportPeriod period = new(queued.Kind, DateOnly.ParseExact(queued.First, "yyyy-MM-dd", CultureInfo.InvariantCulture));
        List<PlaceReport> reports = [];
        foreach (long place in address.Places)
        {
            stopping.ThrowIfCancellationRequested();
            if (await _maker.MakeAsync(place, period).ConfigureAwait(false) is { } report)
            {
                reports.Add(report);
            }
        }

        if (reports.Count > 0)
        {
            using MimeMessage mail = await LowPriority.RunAsync(() => Compose(message, address.Email, address.Choice, reports))
                .ConfigureAwait(false);
            await _smtp.PostAsync(mail, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>The name of a file of a report, such as <c>report-week-2026-11-23.pdf</c>.</summary>
    public static string FileName(ReportPeriod period, string extension) => string.Create(
        CultureInfo.InvariantCulture, $"report-{period.Kind}-{period.First:yyyy-MM-dd}.{extension}");

    private MimeMessage Compose(OutboxMessage message, string to, ReportChoice choice, List<PlaceReport> reports)
    {
        ReportTexts texts = ReportTexts.Of(choice.Language);
        ReportPeriod period = reports[0].Period;
        MailboxAddress from = MailboxAddress.Parse(_options.MailFrom!);
        BodyBuilder body = new() { TextBody = Text(reports, texts) };
        if (choice.Format != "csv")
        {
            body.Attachments.Add(
                FileName(period, "pdf"), ReportPdf.Make(reports, texts, _clock.GetUtcNow()), new ContentType("application", "pdf"));
        }

        if (choice.Format != "pdf")
        {
            body.Attachments.Add(
                FileName(period, "csv"), Encoding.UTF8.GetBytes(ReportCsv.Make(reports.Select(static report => report.Figures))),
                new ContentType("text", "csv") { Charset = "utf-8" });
        }

        string places = OneLine(reports[0].Figures.Place);
        places = reports.Count == 1 ? places : texts.With("mail_subject_places", places, reports.Count - 1);
        MimeMessage mail = new()
        {
            Subject = $"{texts.With($"mail_subject_{period.Kind}", places)}, {texts.Period(period)}",
            Date = _clock.GetUtcNow(),

            // The same at every attempt: mail servers and programs drop repeats by it.
            MessageId = string.Create(CultureInfo.InvariantCulture, $"jambox-{message.CreatedAt}-{message.Id}@{from.Domain}"),
            Body = body.ToMessageBody(),
        };
        mail.From.Add(from);
        mail.To.Add(MailboxAddress.Parse(to));
        return mail;
    }

    private string Text(List<PlaceReport> reports, ReportTexts texts)
    {
        StringBuilder text = new();
        foreach (PlaceReport report in reports)
        {
            text.Append(OneLine(Line(report, texts))).Append('\n');
        }

        text.Append('\n').Append(texts["mail_attached"]).Append('\n');
        if (_people.Address is { } address)
        {
            text.Append('\n').Append(texts.With("mail_choose", new Uri(address, "/reports"))).Append('\n');
        }

        return text.ToString();
    }

    private static string Line(PlaceReport report, ReportTexts texts)
    {
        PlaceRange figures = report.Figures;
        string against = texts.Against(figures.Activity) ?? texts["no_comparison"];
        Ranged? number = report.NumberOf(figures);
        return number is null
            ? texts.With("mail_other", figures.Place, texts[figures.People is null ? "no_number" : "activity"], against)
            : texts.With(
                report.Measure == ReportMeasure.Visitors ? "mail_visitors" : "mail_people", figures.Place,
                texts.Range(number, report.IsRough), against);
    }

    private static string OneLine(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c));
}
