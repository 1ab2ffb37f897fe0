using System.Globalization;
using System.Net.Mime;

using JamBox.Backend.Security;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>
/// What brokers ask: mosquitto-go-auth under <c>/mqtt/auth</c>, RabbitMQ's HTTP backend under <c>/mqtt/auth/rabbit</c>. Only with
/// <c>Mqtt:AuthKey</c>; without that setting every answer is no. When the storage does not answer, the answer is 503: neither yes nor no.
/// </summary>
internal static class QuestionEndpoints
{
    /// <summary>Where the key stands in the query, for brokers that can send no header.</summary>
    private const string KeyInQuery = "key";

    private const string KeyHeader = "X-Auth-Key";

    private const string Yes = "ok";
    private const string No = "not allowed";

    /// <summary>The route table.</summary>
    public static void MapMqttQuestions(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder asked = routes.MapGroup("/mqtt/auth");
        asked.ForAnybody().ExcludeFromDescription();
        asked.TakesQuery(
            new TextParameter("mode", ["status", "text", "json"], "How mosquitto-go-auth reads the answer."),
            new TextParameter(KeyInQuery, "Mqtt:AuthKey, where it cannot be a header."));
        asked.MapPost("/user", static (HttpContext http, BrokerQuestions questions) => Answer(http, questions, MayConnectAsync));
        asked.MapPost("/superuser", static (HttpContext http, BrokerQuestions questions) => Answer(
            http, questions, static (_, _, _) => ValueTask.FromResult(false)));
        asked.MapPost("/acl", static (HttpContext http, BrokerQuestions questions) => Answer(http, questions, MayAsync));
        RouteGroupBuilder rabbit = asked.MapGroup("/rabbit");
        rabbit.MapPost("/user", static (HttpContext http, BrokerQuestions questions) => AnswerRabbit(http, questions, MayConnectAsync));
        rabbit.MapPost("/vhost", static (HttpContext http, BrokerQuestions questions) => AnswerRabbit(http, questions, MayVhostAsync));
        rabbit.MapPost("/resource", static (HttpContext http, BrokerQuestions questions) => AnswerRabbit(
            http, questions, MayResourceAsync));
        rabbit.MapPost("/topic", static (HttpContext http, BrokerQuestions questions) => AnswerRabbit(http, questions, MayTopicAsync));
    }

    private static string? ClientId(QuestionBody asked) => asked["clientid"] ?? asked["client_id"] ?? asked["variable_map.client_id"];

    private static ValueTask<bool> MayConnectAsync(BrokerQuestions questions, QuestionBody asked, CancellationToken cancel) =>
        questions.MayConnectAsync(asked["username"], asked["password"], ClientId(asked), cancel);

    /// <summary>Access as mosquitto numbers it: 1 read, 2 write, 3 both, 4 subscribe.</summary>
    private static async ValueTask<bool> MayAsync(BrokerQuestions questions, QuestionBody asked, CancellationToken cancel)
    {
        string? topic = asked["topic"];
        bool hears = asked["acc"] is "1" or "3" or "4";
        bool says = asked["acc"] is "2" or "3";
        return (hears || says)
            && (!hears || await questions.MayAsync(asked["username"], ClientId(asked), MqttAct.Subscribe, topic).ConfigureAwait(false))
            && (!says || await questions.MayAsync(asked["username"], ClientId(asked), MqttAct.Publish, topic).ConfigureAwait(false));
    }

    private static ValueTask<bool> MayVhostAsync(BrokerQuestions questions, QuestionBody asked, CancellationToken cancel) =>
        questions.IsKnownAsync(asked["username"], ClientId(asked));

    /// <summary>
    /// A subscription is a queue, named after the client id, that is bound to the exchange of topics. Of the exchange anybody who is known
    /// may read and write: what is asked next is the topic.
    /// </summary>
    private static async ValueTask<bool> MayResourceAsync(BrokerQuestions questions, QuestionBody asked, CancellationToken cancel)
    {
        string? user = asked["username"];
        string? clientId = ClientId(asked);
        if (asked["resource"] == "exchange")
        {
            return asked["name"] == "amq.topic" && asked["permission"] is "read" or "write"
                && await questions.IsKnownAsync(user, clientId).ConfigureAwait(false);
        }

        const string Head = "mqtt-subscription-";
        if (asked["resource"] != "queue" || asked["name"] is not { } queue || !queue.StartsWith(Head, StringComparison.Ordinal)
            || queue.Length < Head.Length + 4 || queue[^4..] is not ("qos0" or "qos1"))
        {
            return false;
        }

        string named = queue[Head.Length..^4];
        return (clientId is null || named == clientId) && await questions.OwnsAsync(user, named).ConfigureAwait(false);
    }

    private static async ValueTask<bool> MayTopicAsync(BrokerQuestions questions, QuestionBody asked, CancellationToken cancel)
    {
        MqttAct? act = asked["permission"] switch { "read" => MqttAct.Subscribe, "write" => MqttAct.Publish, _ => null };
        return act is { } wanted && asked["name"] == "amq.topic"
            && (questions.IsOwn(asked["username"])
                || (RabbitTopic.Read(asked["routing_key"] ?? "") is { } topic
                    && await questions.MayAsync(asked["username"], ClientId(asked), wanted, topic).ConfigureAwait(false)));
    }

    private static async Task<IResult> Answer(
        HttpContext http, BrokerQuestions questions, Func<BrokerQuestions, QuestionBody, CancellationToken, ValueTask<bool>> rule)
    {
        string mode = http.Request.Query["mode"].ToString();
        (bool? may, IResult? tooMany) = await AskAsync(http, questions, rule).ConfigureAwait(false);
        if (tooMany is not null)
        {
            return tooMany;
        }

        int status = may is null ? StatusCodes.Status400BadRequest : may.Value ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden;
        return (mode, may) switch
        {
            ("json", true) => TypedResults.Text("""{"ok":true,"error":""}""", MediaTypeNames.Application.Json),
            ("json", false) => TypedResults.Text("""{"ok":false,"error":"not allowed"}""", MediaTypeNames.Application.Json),
            ("text", not null) => TypedResults.Text(may.Value ? Yes : No),
            _ => Said(status, may switch { true => Yes, false => No, null => "not to be read" }),
        };
    }

    /// <summary>With a text: an answer without any is filled in for devices, with a status of its own.</summary>
    private static IResult Said(int status, string text) => TypedResults.Text(text, statusCode: status);

    private static async Task<IResult> AnswerRabbit(
        HttpContext http, BrokerQuestions questions, Func<BrokerQuestions, QuestionBody, CancellationToken, ValueTask<bool>> rule)
    {
        (bool? may, IResult? tooMany) = await AskAsync(http, questions, rule).ConfigureAwait(false);
        return tooMany ?? TypedResults.Text(may == true ? "allow" : "deny");
    }

    /// <returns>The answer, null when the question cannot be read; and what is said to whoever guesses keys.</returns>
    private static async ValueTask<(bool? May, IResult? TooMany)> AskAsync(
        HttpContext http, BrokerQuestions questions, Func<BrokerQuestions, QuestionBody, CancellationToken, ValueTask<bool>> rule)
    {
        string key = http.Request.Headers[KeyHeader].ToString() is { Length: > 0 } said ? said : http.Request.Query[KeyInQuery].ToString();
        if (!questions.IsAsker(key))
        {
            int? seconds = http.RequestServices.GetRequiredService<RateLimits>().TryAcquireFailure(http);
            http.Response.Headers.RetryAfter = seconds?.ToString(CultureInfo.InvariantCulture);
            return (false, seconds is null ? null : Said(StatusCodes.Status429TooManyRequests, "too many wrong keys"));
        }

        return await QuestionBody.ReadAsync(http.Request).ConfigureAwait(false) is { } asked
            ? (await rule(questions, asked, http.RequestAborted).ConfigureAwait(false), null)
            : (null, null);
    }
}
