using System.Globalization;
using System.Text;

using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Telemetry;

/// <summary>Webhooks: where telemetry goes too.</summary>
internal static class HookEndpoints
{
    /// <summary>What secrets of webhooks are encrypted for.</summary>
    public static readonly string[] Purpose = ["telemetry", "webhook"];

    private const string Example = """{"product":"clock","url":"https://example.org/telemetry"}""";

    /// <summary>The route table.</summary>
    public static void MapHooks(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admins = routes.MapFor(Role.Admin);
        admins.WithTags("Telemetry");
        admins.MapGet("/telemetry-webhooks", ListHooks).WithName("ListTelemetryWebhooks");
        admins.MapPost("/telemetry-webhooks", AddHook).WithName("AddTelemetryWebhook").TakesBody(HookRequest.Fields, Example)
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        admins.MapDelete("/telemetry-webhooks/{id}", RemoveHook).WithName("RemoveTelemetryWebhook")
            .TakesPath(new NumberParameter("id", 1, long.MaxValue, "Number of the webhook.")).Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Lists webhooks of telemetry, with how much waits for each.</summary>
    internal static async Task<Ok<List<HookRow>>> ListHooks(Store store) =>
        TypedResults.Ok(await store.ReadAsync(0, HookSql.List).ConfigureAwait(false));

    /// <summary>Adds a webhook, and shows once what its messages are signed with.</summary>
    internal static async Task<Results<Created<HookMade>, ProblemHttpResult>> AddHook(
        HttpContext http, Store store, TelemetryRules rules, Protection protection, ISecretSource secrets, TimeProvider clock)
    {
        (HookRequest hook, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, HookRequest.Fields).ConfigureAwait(false);
        if (problem is null && hook.FindFault() is { } fault)
        {
            problem = AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        if (problem is null && hook.DeviceId is { } device)
        {
            problem = await Devices.DeviceAccess.CheckAsync(http, store, device).ConfigureAwait(false);
        }

        if (problem is not null)
        {
            return problem;
        }

        string secret = Token.New(secrets);
        (long id, Refusal? refusal) = await store.WriteAsync(
            (hook, protection.Protect(Purpose, secret), Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), HookSql.Add)
            .ConfigureAwait(false);
        rules.Invalidate();
        return refusal is not null
            ? refusal.ToProblem()
            : TypedResults.Created(
                string.Create(CultureInfo.InvariantCulture, $"/api/telemetry-webhooks/{id}"), new HookMade(id, secret));
    }

    /// <summary>Removes a webhook, with what waits for it.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RemoveHook(
        HttpContext http, string id, Store store, TelemetryRules rules, TimeProvider clock)
    {
        int removed = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? await store.WriteAsync((number, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), HookSql.Remove)
                .ConfigureAwait(false)
            : 0;
        rules.Invalidate();
        return removed > 0 ? TypedResults.NoContent() : Refusal.NotFound("There is no such webhook").ToProblem();
    }
}

/// <summary>
/// Every 10 s: posts what waits for webhooks, one after the other of each, signed as alerts are (<see cref="WebhookSender"/>). What fails
/// is tried again with growing delay, and given up after ten times: telemetry goes on. Two processes never post the same at the same time;
/// one that is killed leaves a repeat with the same delivery number.
/// </summary>
internal sealed class HookJob : IJob, IDisposable
{
    private const int TimeoutSeconds = 10;

    private const int MaxAttempts = 10;

    /// <summary>Messages of one turn, so that a webhook that is quick does not keep the job for ever.</summary>
    private const int MaxTurn = 2000;

    private const long LeaseMs = 60_000;

    private static readonly RetryRule s_rule = new(FirstMs: 2_000, MaxMs: 600_000, MaxAttempts);

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly Protection _protection;
    private readonly ILogger<HookJob> _logger;
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(TimeoutSeconds), MaxResponseContentBufferSize = 16 * 1024,
        };

    /// <summary>Makes the job.</summary>
    public HookJob(Store store, TimeProvider clock, Protection protection, ILogger<HookJob> logger)
    {
        _store = store;
        _clock = clock;
        _protection = protection;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        HashSet<long> failed = [];
        for (int sent = 0; sent < MaxTurn && !stopping.IsCancellationRequested; sent++)
        {
            long now = Now();
            if (!await _store.ReadAsync(now, IsAnyDue).ConfigureAwait(false)
                || await _store.WriteAsync((now, now + LeaseMs), Claim).ConfigureAwait(false) is not { } delivery)
            {
                return;
            }

            string? error = failed.Contains(delivery.HookId)
                ? "the webhook failed just now"
                : await SendAsync(delivery, stopping).ConfigureAwait(false);
            if (error is not null && failed.Add(delivery.HookId))
            {
                _logger.LogWarning("Webhook {Hook} failed, attempt {Attempt}: {Reason}", delivery.HookId, delivery.Attempts, error);
            }

            await _store.WriteAsync((delivery, error, Now()), Note).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string?> SendAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            string timestamp = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            string secret = _protection.Unprotect(HookEndpoints.Purpose, delivery.Secret)
                ?? throw new InvalidOperationException("its secret cannot be read: make the webhook anew");
            using HttpRequestMessage request = new(HttpMethod.Post, delivery.Url);
            request.Content = new StringContent(delivery.Body, Encoding.UTF8, "application/json");
            request.Headers.Add("X-JamBox-Delivery", delivery.Id.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("X-JamBox-Timestamp", timestamp);
            request.Headers.Add("X-JamBox-Signature", WebhookSender.Sign(secret, timestamp, delivery.Body));
            using HttpResponseMessage answer = await _http.SendAsync(request, stopping).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"the webhook answered {(int)answer.StatusCode}");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {TimeoutSeconds} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or InvalidOperationException or IOException)
        {
            return failure.Message;
        }
    }

    private static bool IsAnyDue(SqlSession session, long now)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM telemetry_deliveries WHERE next_at <= $1 LIMIT 1", now);
        return row.Read();
    }

    /// <summary>The oldest that is due.</summary>
    private static Delivery? Claim(SqlSession session, (long Now, long Until) turn)
    {
        using SqlStatement row = session.Query(
            """
            UPDATE telemetry_deliveries SET attempts = attempts + 1, next_at = $2
            WHERE next_at <= $1 AND id = (SELECT id FROM telemetry_deliveries WHERE next_at <= $1 ORDER BY id LIMIT 1)
            RETURNING id, hook_id, body, attempts, (SELECT h.url FROM telemetry_hooks h WHERE h.id = hook_id),
                (SELECT h.secret FROM telemetry_hooks h WHERE h.id = hook_id)
            """, turn.Now, turn.Until);
        return row.Read()
            ? new Delivery(row.Int64(0), row.Int64(1), row.Text(2), row.Int32(3), row.Text(4), row.Text(5))
            : null;
    }

    private static int Note(SqlSession session, (Delivery Delivery, string? Error, long Now) done)
    {
        (Delivery delivery, string? error, long now) = done;
        if (error is null || delivery.Attempts >= MaxAttempts)
        {
            session.Execute("DELETE FROM telemetry_deliveries WHERE id = $1", delivery.Id);
        }
        else
        {
            session.Execute(
                "UPDATE telemetry_deliveries SET next_at = $2 WHERE id = $1", delivery.Id, now + s_rule.DelayMs(delivery.Attempts));
        }

        // Nothing is written while all is as it was.
        return session.Execute(
            """
            UPDATE telemetry_hooks SET last_error = $2, dropped = dropped + $3
            WHERE id = $1 AND (last_error IS NOT NULL OR CAST($2 AS TEXT) IS NOT NULL OR $3 > 0)
            """, delivery.HookId, error, error is not null && delivery.Attempts >= MaxAttempts ? 1 : 0);
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Delivery(long Id, long HookId, string Body, int Attempts, string Url, string Secret);
}
