using Microsoft.Extensions.Primitives;

namespace JamBox.Backend.Wire;

/// <summary>
/// What a route declares of itself beyond what its handler's signature says: parameters, body, headers, who may call. Requests are checked
/// by it, and the OpenAPI document is made from it; so neither can say what the other does not do.
/// </summary>
internal sealed class ApiDeclaration
{
    /// <summary>Who may call.</summary>
    public ApiCaller Caller { get; set; }

    /// <summary>The least role of the key, as the document says it; null = no key is asked for.</summary>
    public string? Role { get; set; }

    /// <summary>
    /// Whether unknown names are refused: not to devices, and not where somebody only asks whether all is well, with whatever in the query.
    /// </summary>
    public bool RefusesUnknown => Caller is ApiCaller.Key or ApiCaller.User || (Caller == ApiCaller.Anybody && Body is not null);

    /// <summary>Parameters of the query.</summary>
    public List<ApiParameter> Query { get; } = [];

    /// <summary>Parameters of the path.</summary>
    public List<ApiParameter> Path { get; } = [];

    /// <summary>Headers of the request.</summary>
    public List<ApiParameter> HeadersTaken { get; } = [];

    /// <summary>Whether a device may put its token into the body or the query instead of the header.</summary>
    public bool IsTokenElsewhere { get; set; }

    /// <summary>The fields of a JSON body; null = none, or <see cref="BinaryBody"/>.</summary>
    public IBodyTable? Body { get; set; }

    /// <summary>An example of that body.</summary>
    public string? BodyExample { get; set; }

    /// <summary>What a body of raw bytes is; null = it is none.</summary>
    public string? BinaryBody { get; set; }

    /// <summary>The fields of a multipart form; empty = the body is none.</summary>
    public List<FormField> Form { get; } = [];

    /// <summary>The name of the operation that this is an old path of; null = it is none.</summary>
    public string? OldPathOf { get; set; }

    /// <summary>Whether it answers with a part of a list, and where the next part is in the Link header.</summary>
    public bool IsPage { get; set; }

    /// <summary>Headers of answers.</summary>
    public List<(int Status, string Name, string Description)> Headers { get; } = [];

    /// <summary>Answers that are raw bytes: their media types.</summary>
    public List<(int Status, string ContentType)> BinaryAnswers { get; } = [];

    /// <summary>The declaration of an endpoint that is being built.</summary>
    public static ApiDeclaration Of(EndpointBuilder endpoint)
    {
        ApiDeclaration? declaration = endpoint.Metadata.OfType<ApiDeclaration>().FirstOrDefault();
        if (declaration is null)
        {
            declaration = new ApiDeclaration();
            endpoint.Metadata.Add(declaration);
        }

        return declaration;
    }
}

/// <summary>A field of a multipart form.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it means, in a sentence.</param>
/// <param name="IsFile">Whether it is a file; else text.</param>
/// <param name="IsRequired">Whether a form without it is refused.</param>
internal sealed record FormField(string Name, string Description, bool IsFile = false, bool IsRequired = false);

/// <summary>Who may call an endpoint.</summary>
internal enum ApiCaller
{
    /// <summary>Not declared: a mistake that a test finds.</summary>
    Undeclared,

    /// <summary>Anybody.</summary>
    Anybody,

    /// <summary>A device, by its token. Whatever it says beyond what is known is skipped: newer firmware may say more.</summary>
    Device,

    /// <summary>People and tools, by an API key or a session. What is not known is refused by name.</summary>
    Key,

    /// <summary>Whoever is signed in, by the session alone: about themselves.</summary>
    User,
}

/// <summary>How routes declare themselves.</summary>
internal static class ApiDeclarations
{
    /// <summary>Declares parameters of the query. On endpoints with a key, names that are not declared are refused.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="parameters">The parameters.</param>
    public static TBuilder TakesQuery<TBuilder>(this TBuilder endpoint, params ApiParameter[] parameters)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.Query.AddRange(parameters)).Refuses(StatusCodes.Status400BadRequest);

    /// <summary>Declares parameters of the path. <c>{device_id}</c> need not be declared.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="parameters">The parameters.</param>
    public static TBuilder TakesPath<TBuilder>(this TBuilder endpoint, params ApiParameter[] parameters)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.Path.AddRange(parameters));

    /// <summary>Declares headers of the request.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="headers">The headers.</param>
    public static TBuilder TakesHeaders<TBuilder>(this TBuilder endpoint, params ApiParameter[] headers)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.HeadersTaken.AddRange(headers));

    /// <summary>
    /// Declares a list that is given in parts: <c>limit</c>, <c>cursor</c>, the Link header, and what else the query may say.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="filters">Parameters that choose among the rows.</param>
    public static TBuilder TakesPage<TBuilder>(this TBuilder endpoint, params ApiParameter[] filters)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.TakesQuery([.. filters, ApiParameter.Limit, ApiParameter.Cursor]).Declare(static declaration => declaration.IsPage = true);

    /// <summary>Declares a JSON body by its table of fields: the schema is made from it.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="fields">The table that the handler parses with.</param>
    /// <param name="example">A body that is taken.</param>
    public static TBuilder TakesBody<TBuilder>(this TBuilder endpoint, IBodyTable fields, string example)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => (declaration.Body, declaration.BodyExample) = (fields, example))
            .Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge);

    /// <summary>Declares a body of raw bytes.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="what">What they are.</param>
    public static TBuilder TakesBytes<TBuilder>(this TBuilder endpoint, string what)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.BinaryBody = what)
            .Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge);

    /// <summary>Declares a multipart form.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="fields">Its fields.</param>
    public static TBuilder TakesForm<TBuilder>(this TBuilder endpoint, params FormField[] fields)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.Form.AddRange(fields))
            .Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge);

    /// <summary>Declares an answer of raw bytes.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="contentType">Their media type.</param>
    /// <param name="status">Its status.</param>
    public static TBuilder GivesBytes<TBuilder>(this TBuilder endpoint, string contentType, int status = StatusCodes.Status200OK)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.BinaryAnswers.Add((status, contentType)));

    /// <summary>Declares an old path of something that is elsewhere too: the document marks it deprecated.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="operation">The name of the operation to use instead.</param>
    public static TBuilder IsOldPathOf<TBuilder>(this TBuilder endpoint, string operation)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.OldPathOf = operation);

    /// <summary>Declares a header of an answer.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="status">The status that it comes with.</param>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it says.</param>
    public static TBuilder GivesHeader<TBuilder>(this TBuilder endpoint, int status, string name, string description)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => declaration.Headers.Add((status, name, description)));

    /// <summary>
    /// Declares refusals, in the words that its caller gets: <c>{"error":…}</c> for devices, problem details for all others. The gates',
    /// 400 of
    /// queries and bodies and 413 need not be said again.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="statuses">400 and above.</param>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params int[] statuses)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(builder =>
        {
            bool isDevice = ApiDeclaration.Of(builder).Caller == ApiCaller.Device;
            foreach (int status in statuses.Where(status =>
                !builder.Metadata.OfType<ProducesResponseTypeMetadata>().Any(known => known.StatusCode == status)))
            {
                builder.Metadata.Add(isDevice
                    ? new ProducesResponseTypeMetadata(status, typeof(ErrorBody), ["application/json"])
                    : new ProducesResponseTypeMetadata(
                        status, typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), ["application/problem+json"]));
            }
        });
        return endpoint;
    }

    /// <summary>Declares an endpoint of devices: their token, and the refusals of their gate.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static TBuilder ForDevices<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(static declaration => declaration.Caller = ApiCaller.Device)
            .Refuses(StatusCodes.Status401Unauthorized, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable);

    /// <summary>Declares that a device may put its token into the body or the query instead of the header.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static TBuilder TakesTokenElsewhere<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(static declaration => declaration.IsTokenElsewhere = true);

    /// <summary>Declares an endpoint that asks for no key.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static TBuilder ForAnybody<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(static declaration => declaration.Caller = ApiCaller.Anybody);

    /// <summary>Declares an endpoint that asks for an API key.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="role">Its least role, in small letters.</param>
    public static TBuilder ForKeys<TBuilder>(this TBuilder endpoint, string role)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(declaration => (declaration.Caller, declaration.Role) = (ApiCaller.Key, role))
            .Refuses(
                StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable);

    /// <summary>Declares an endpoint of whoever is signed in.</summary>
    /// <param name="endpoint">The endpoint.</param>
    public static TBuilder ForUsers<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Declare(static declaration => declaration.Caller = ApiCaller.User)
            .Refuses(
                StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable);

    private static TBuilder Declare<TBuilder>(this TBuilder endpoint, Action<ApiDeclaration> say)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(builder => say(ApiDeclaration.Of(builder)));
        return endpoint;
    }
}

/// <summary>
/// Checks the query of a request by the declaration of its endpoint, behind the gates: names that nobody knows and values that do not fit
/// are refused by name, and what came under an old name is handed on under the right one. Devices are not checked here: what they send too
/// much is skipped, and what they send wrong is refused in fixed texts.
/// </summary>
internal sealed class QueryMiddleware
{
    private readonly RequestDelegate _next;

    /// <summary>Makes the middleware.</summary>
    public QueryMiddleware(RequestDelegate next) => _next = next;

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Query.Count == 0
            || context.GetEndpoint()?.Metadata.GetMetadata<ApiDeclaration>() is not { RefusesUnknown: true } declaration)
        {
            return _next(context);
        }

        Dictionary<string, StringValues> query = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, StringValues values) in context.Request.Query)
        {
            if (FindFault(declaration, name, values, out ApiParameter? parameter) is { } fault)
            {
                return AdminProblem.Of(StatusCodes.Status400BadRequest, fault).ExecuteAsync(context);
            }

            // An empty one counts as not sent; of two names for one thing the right one wins.
            if (values[0] is { Length: > 0 } && (!query.ContainsKey(parameter!.Name) || Is(parameter.Name, name)))
            {
                query[parameter.Name] = values;
            }
        }

        context.Request.Query = new QueryCollection(query);
        return _next(context);
    }

    private static string? FindFault(ApiDeclaration declaration, string name, StringValues values, out ApiParameter? parameter)
    {
        parameter = declaration.Query.Find(known => Is(known.Name, name) || known.OldNames.Any(old => Is(old, name)));
        return parameter is null
            ? declaration.Query.Count == 0
                ? $"{NearMiss.Shown(name)}: unknown in this query; it takes no parameters"
                : $"{NearMiss.Shown(name)}{NearMiss.Hint(name, declaration.Query.Select(static known => known.Name))}: "
                    + "unknown in this query; "
                    + $"it takes {string.Join(", ", declaration.Query.Select(static known => known.Name))}"
            : values.Count > 1 && !parameter.MayRepeat ? $"{parameter.Name}: is there {values.Count} times; send it once"
            : values[0] is { Length: > 0 } text && !parameter.Fits(text) ? $"{parameter.Name}: must be {parameter.Rule}"
            : null;
    }

    private static bool Is(string known, string name) => known.Equals(name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Says that a member of an answer is still there for old clients, under an old name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OldNameAttribute(string name) : Attribute
{
    /// <summary>The name that it has now.</summary>
    public string Name { get; } = name;
}

/// <summary>Says that an answer leaves out what is null.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OmitsNullsAttribute : Attribute;

/// <summary>The words that a text in an answer may be, for the OpenAPI document.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WordsAttribute : Attribute
{
    /// <summary>Names them.</summary>
    public WordsAttribute(params string[] words) => Words = words;

    /// <summary>Takes them from the public <c>All</c> of a class, or from the names of an enum in small letters.</summary>
    public WordsAttribute(Type list) =>
        Words = list.IsEnum
            ? [.. Enum.GetNames(list).Select(static name => name.ToLowerInvariant())]
            : [.. (IEnumerable<string>)list.GetField("All")!.GetValue(null)!];

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; }
}
