using System.Text;

using JamBox.Backend.Security;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// Tickets for the WebSocket: the key or cookie of whoever asked for one, encrypted, good for 60 seconds. So any process of this storage
/// reads them, and what they open ends with that key or session. They stand in an address, and so in logs of proxies: by then they
/// are over.
/// </summary>
internal sealed class WsTickets(Protection protection, TimeProvider clock)
{
    /// <summary>How long a connection can be begun with one, seconds.</summary>
    public const int LifeSeconds = 60;

    /// <summary>Longer ones are not looked at.</summary>
    private const int MaxChars = 4096;

    private static readonly string[] s_purpose = ["telemetry", "ws-ticket"];

    /// <summary>Makes one for the sender of a request.</summary>
    public string Make(HttpRequest request)
    {
        string authorization = request.Headers.Authorization.ToString();
        string cookie = request.Headers.Cookie.ToString();
        string text = authorization.Length > 0 ? $"A{authorization}" : $"C{cookie}";
        long until = clock.GetUtcNow().ToUnixTimeMilliseconds() + (LifeSeconds * 1000L);
        return protection.Protect(s_purpose, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{until}\n{text}"));
    }

    /// <summary>Makes a request that bears a ticket one of whoever it was made for; with a bad one, one of nobody.</summary>
    public void Apply(HttpRequest request, string ticket)
    {
        string[]? parts = ticket.Length is 0 or > MaxChars ? null : protection.Unprotect(s_purpose, ticket)?.Split('\n', 2);
        request.Headers.Remove(HeaderNames.Authorization);
        request.Headers.Remove(HeaderNames.Cookie);
        if (parts is not { Length: 2 } || !long.TryParse(parts[0], out long until)
            || until <= clock.GetUtcNow().ToUnixTimeMilliseconds() || parts[1].Length < 2)
        {
            return;
        }

        string name = parts[1][0] == 'A' ? HeaderNames.Authorization : HeaderNames.Cookie;
        request.Headers[name] = parts[1][1..];
    }
}

/// <summary>Says who opens a WebSocket, where a ticket says it; before anybody asks.</summary>
internal static class WsTicketMiddleware
{
    /// <summary>Adds it.</summary>
    public static void UseWsTickets(this IApplicationBuilder app)
    {
        WsTickets tickets = app.ApplicationServices.GetRequiredService<WsTickets>();
        app.Use((context, next) =>
        {
            if (context.Request.Path.Value == WebSocketEndpoints.Path && context.Request.Query["token"] is [{ Length: > 0 } ticket, ..])
            {
                tickets.Apply(context.Request, ticket);
            }

            return next(context);
        });
    }
}

/// <summary>What happens, in the shapes that old clients of the WebSocket know.</summary>
internal static class WsShape
{
    /// <summary>Makes the message of an event.</summary>
    /// <param name="kind">The kind of the event.</param>
    /// <param name="json">What it says: an object.</param>
    /// <returns>Null when it is none of a WebSocket.</returns>
    public static byte[]? Of(string? kind, string json)
    {
        string? text = kind switch
        {
            "telemetry" => $"{{\"type\":\"telemetry_update\",{json.AsSpan(1)}",
            "state" => $"{{\"type\":\"state_update\",{json.AsSpan(1)}",
            "status" => $"{{\"type\":\"status_update\",{json.AsSpan(1)}",
            "device" => $"{{\"type\":\"status_update\",{json.Replace("connection_status", "status", StringComparison.Ordinal).AsSpan(1)}",
            "notification" => $"{{\"type\":\"notification\",\"notification\":{json}}}",
            _ => null,
        };
        return text is null ? null : Encoding.UTF8.GetBytes(text);
    }
}
