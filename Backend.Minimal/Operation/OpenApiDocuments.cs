using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace JamBox.Backend.Operation;

/// <summary>
/// The OpenAPI document: what the framework finds out by itself (paths, names, answers, comments), put right and completed from the
/// declarations of the routes (<see cref="ApiDeclaration"/>) and the field tables of the bodies.
/// </summary>
internal static class OpenApiDocuments
{
    private const string DeviceScheme = "deviceToken";
    private const string KeyScheme = "apiKey";
    private const string SessionScheme = "session";

    /// <summary>How the framework describes an event; on the wire it is text.</summary>
    private const string EventItem = "SseItemOfstring";

    private static readonly ApiParameter s_deviceIdInPath = new TextParameter("device_id", "Id of the device.") { Example = "JBNB0001" };

    /// <summary>Examples of members of answers that have the same name everywhere.</summary>
    private static readonly Dictionary<string, string> s_examples = new()
    {
        ["device_id"] = "JBNB0001",
        ["location_name"] = "Main hall",
        ["place"] = "Main hall",
        ["timezone"] = "Europe/Berlin",
        ["firmware_version"] = "6.0.0",
        ["version"] = "6.1.0",
        ["hw"] = "atoms3-nb1",
        ["day"] = "2026-01-29",
        ["hour"] = "2026-01-29 14:00",
    };

    private static readonly Dictionary<string, string> s_statusTexts = new()
    {
        ["200"] = "It is done, or here it is.",
        ["201"] = "It is stored.",
        ["202"] = "It is kept, and done when that is possible.",
        ["204"] = "It is done; there is nothing to say.",
        ["400"] = "The request is not in order: the text names the parameter or member, and what it must be.",
        ["401"] = "No token or key, or an unknown one.",
        ["403"] = "The token or key may not do that.",
        ["404"] = "There is no such thing, or not for this caller.",
        ["409"] = "It does not fit to what is there already.",
        ["410"] = "It is over.",
        ["413"] = "The body is too large.",
        ["415"] = "The body is of another type than the one that is taken here.",
        ["429"] = "Too often: wait as Retry-After says.",
        ["501"] = "Not with this storage.",
        ["507"] = "No room for temporary files: make room, or set TMPDIR.",
        ["503"] = "Not now, and nothing was stored: send again later, as Retry-After says where it is there.",
    };

    /// <summary>Sets up the document.</summary>
    public static void Apply(OpenApiOptions options)
    {
        options.AddOperationTransformer(CompleteAsync);
        options.AddSchemaTransformer(CompleteSchema);
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            if (document.Components?.Schemas?.TryGetValue(nameof(JsonElement), out IOpenApiSchema? schema) == true
                && schema is OpenApiSchema any)
            {
                any.Description = "Any JSON.";
            }

            return Task.CompletedTask;
        });
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new()
            {
                Title = "JamBox NB backend",
                Version = OpenApiTitle.Version,
                Description =
                    "Boxes send readings and heartbeats, people and tools look at them and look after the boxes. "
                    + "The contract in words: docs/wire.md.",
            };

            // Different on every machine, and the document is committed.
            document.Servers = null;
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Components ??= new OpenApiComponents();
            document.Components.Schemas?.Remove(EventItem);
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [DeviceScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http, Scheme = "bearer",
                    Description = "The token of a device, shown once when it is registered.",
                },
                [SessionScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Cookie,
                    Name = "jambox",
                    Description =
                        "The session of a signed-in user (over TLS __Host-jambox). It opens what a key of the user's roles opens; "
                        + "writes need the header X-JamBox-Request too.",
                },
                [KeyScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http, Scheme = "bearer",
                    Description = "The key of a tool, of one of the roles.",
                },
            };
            return Task.CompletedTask;
        });
    }

    private static async Task CompleteAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        ApiDeclaration declaration = context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiDeclaration>()
            .FirstOrDefault() ?? new();
        Describe(operation, declaration);
        operation.Parameters =
            [.. PathParameters(context, declaration), .. declaration.Query.SelectMany(QueryParameters),
                .. declaration.HeadersTaken.Select(HeaderParameter)];
        await TakeBodyAsync(operation, declaration, context, cancellation).ConfigureAwait(false);
        Secure(operation, declaration, context.Document!);
        foreach ((int status, string contentType) in declaration.BinaryAnswers)
        {
            Answer(operation, status).Content!.Add(contentType, new OpenApiMediaType { Schema = Binary() });
        }

        foreach ((string status, IOpenApiResponse answer) in operation.Responses!)
        {
            CompleteAnswer(status, (OpenApiResponse)answer, declaration);
        }

        OpenApiResponses sorted = [];
        foreach (
            (string status, IOpenApiResponse answer) in operation.Responses.OrderBy(static answer => answer.Key, StringComparer.Ordinal))
        {
            sorted[status] = answer;
        }

        operation.Responses = sorted;
    }

    /// <summary>The comment's first sentence is the summary; the whole of it, and who may call, is the description.</summary>
    private static void Describe(OpenApiOperation operation, ApiDeclaration declaration)
    {
        string text = operation.Summary ?? "";
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        operation.Summary = (end < 0 ? text : text[..end]).TrimEnd('.');
        string caller = declaration.Caller switch
        {
            ApiCaller.Device => "Asks for the device's token.",
            ApiCaller.Key => $"Asks for a key or a signed-in user of the role {declaration.Role}{(declaration.Role == "admin" ? "" : ", or one that may do what it may")}.",
            ApiCaller.User => "Asks for the session of a signed-in user.",
            _ => "Asks for no key.",
        };
        operation.Deprecated = declaration.OldPathOf is not null;
        operation.Description = $"{text} {caller}{(declaration.OldPathOf is { } now ? $" Old path of {now}." : "")}";
    }

    private static IEnumerable<IOpenApiParameter> PathParameters(OpenApiOperationTransformerContext context, ApiDeclaration declaration)
    {
        foreach (
            string name in context.Description.ParameterDescriptions.Where(static p => p.Source.Id == "Path").Select(static p => p.Name))
        {
            ApiParameter? parameter = declaration.Path.Find(known => known.Name == name) ?? (
                name == s_deviceIdInPath.Name ? s_deviceIdInPath : null);
            yield return new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = parameter?.Description,
                Schema = parameter?.Describe() ?? new OpenApiSchema { Type = JsonSchemaType.String },
                Example = parameter?.Example?.DeepClone(),
            };
        }
    }

    private static IEnumerable<IOpenApiParameter> QueryParameters(ApiParameter parameter)
    {
        OpenApiSchema schema = parameter.Describe();
        schema.Default = parameter.Default?.DeepClone();
        yield return new OpenApiParameter
        {
            Name = parameter.Name,
            In = ParameterLocation.Query,
            Required = parameter.IsRequired,
            Description = parameter.Description,
            Schema = schema,
            Example = parameter.Example?.DeepClone(),
        };
        foreach (string old in parameter.OldNames)
        {
            yield return new OpenApiParameter
            {
                Name = old, In = ParameterLocation.Query, Description = $"Old name of {parameter.Name}.", Schema = parameter.Describe(),
                Deprecated = true,
            };
        }
    }

    private static OpenApiParameter HeaderParameter(ApiParameter parameter) => new()
    {
        Name = parameter.Name, In = ParameterLocation.Header, Description = parameter.Description, Schema = parameter.Describe(),
        Example = parameter.Example?.DeepClone(),
    };

    private static async Task TakeBodyAsync(
        OpenApiOperation operation, ApiDeclaration declaration, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        operation.RequestBody = declaration switch
        {
            { BinaryBody: { } what } => new OpenApiRequestBody
            {
                Description = what,
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/octet-stream"] = new OpenApiMediaType { Schema = Binary() },
                },
            },
            { Form.Count: > 0 } => new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["multipart/form-data"] = new OpenApiMediaType { Schema = Form(declaration.Form) },
                },
            },
            { Body: { } table } => new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new OpenApiMediaType
                    {
                        Schema = await BodyAsync(table, declaration.Caller, context, cancellation).ConfigureAwait(false),
                        Example = JsonNode.Parse(declaration.BodyExample!),
                    },
                },
            },
            _ => null,
        };
    }

    private static OpenApiSchema Form(List<FormField> fields) => new()
    {
        Type = JsonSchemaType.Object,
        Required = fields.Where(static field => field.IsRequired).Select(static field => field.Name).ToHashSet(),
        Properties = fields.ToDictionary(static field => field.Name, static field => (IOpenApiSchema)new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Format = field.IsFile ? "binary" : null,
            Description = field.Description,
        }),
    };

    /// <summary>The schema of a body: types and ranges from its table, meanings and defaults from the properties behind it.</summary>
    private static async Task<IOpenApiSchema> BodyAsync(
        IBodyTable table, ApiCaller caller, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        OpenApiDocument document = context.Document!;
        if (document.Components?.Schemas?.ContainsKey(table.SchemaName) != true)
        {
            OpenApiSchema target = await context.GetOrCreateSchemaAsync(table.Target, null, cancellation).ConfigureAwait(false);
            JsonSerializerOptions json = context.ApplicationServices
                .GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
            JsonObject defaults = JsonSerializer.SerializeToNode(Activator.CreateInstance(table.Target), json.GetTypeInfo(table.Target))!
                .AsObject();
            OpenApiSchema schema = new()
            {
                Type = JsonSchemaType.Object,
                AdditionalPropertiesAllowed = caller == ApiCaller.Device,
                Description = target.Description,
                Required = new HashSet<string>(table.Fields.Where(static field => field.IsRequired).Select(static field => field.Names[0])),
                Properties = new Dictionary<string, IOpenApiSchema>(),
            };
            foreach (IBodyField field in table.Fields)
            {
                AddField(
                    schema, field,
                    target.Properties?.TryGetValue(field.Names[0], out IOpenApiSchema? property) == true
                        ? property.Description
                        : null, defaults[field.Names[0]]);
            }

            document.AddComponent(table.SchemaName, schema);
        }

        return new OpenApiSchemaReference(table.SchemaName, document);
    }

    private static void AddField(OpenApiSchema body, IBodyField field, string? description, JsonNode? defaultValue)
    {
        foreach (string name in field.Names)
        {
            bool isOld = name != field.Names[0];
            OpenApiSchema schema = field.Describe();
            schema.Deprecated = isOld || field.IsIgnored;
            schema.Description =
                field.IsIgnored ? "Taken and ignored: nobody can set it." : isOld ? $"Old name of {field.Names[0]}." : description;
            bool isList = schema.Type is JsonSchemaType.Array or JsonSchemaType.Object;
            schema.Default = isOld || field.IsRequired || isList || IsNothing(defaultValue)
                ? null
                : defaultValue?.DeepClone();
            body.Properties![name] = schema;
        }
    }

    /// <summary>What every client takes for a member that is not there: a count of 0 need not be said forty times.</summary>
    private static bool IsNothing(JsonNode? value) =>
        value?.GetValueKind() is JsonValueKind.False || (value?.GetValueKind() is JsonValueKind.Number && value.ToJsonString() == "0");

    private static void Secure(OpenApiOperation operation, ApiDeclaration declaration, OpenApiDocument document)
    {
        string? scheme =
            declaration.Caller switch { ApiCaller.Device => DeviceScheme, ApiCaller.Key => KeyScheme, ApiCaller.User => SessionScheme,
                _ => null };
        operation.Security = declaration.Caller == ApiCaller.Undeclared ? null
            : scheme is null ? []
            : [new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(scheme, document)] = declaration.Role is { } role ? [role] : [],
            }];
        if (declaration.IsTokenElsewhere)
        {
            // Or none of the schemes: body or query have it.
            operation.Security?.Add([]);
        }
    }

    private static OpenApiResponse Answer(OpenApiOperation operation, int status)
    {
        string key = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        operation.Responses ??= [];
        if (!operation.Responses.TryGetValue(key, out IOpenApiResponse? known) || known.Content is null or { Count: 0 })
        {
            operation.Responses[key] = known = new OpenApiResponse { Content = new Dictionary<string, OpenApiMediaType>() };
        }

        return (OpenApiResponse)known;
    }

    private static void CompleteAnswer(string status, OpenApiResponse answer, ApiDeclaration declaration)
    {
        answer.Description = s_statusTexts.GetValueOrDefault(status);
        if (answer.Content?.TryGetValue("text/event-stream", out OpenApiMediaType? stream) == true)
        {
            stream.Schema = new OpenApiSchema { Type = JsonSchemaType.String };
        }

        List<(string Name, string Description, OpenApiSchema Schema)> headers = [.. declaration.Headers
            .Where(header => header.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) == status)
            .Select(static header => (header.Name, header.Description, new OpenApiSchema { Type = JsonSchemaType.String }))];
        if (declaration.IsPage && status == "200")
        {
            headers.Add(
                ("Link", "Where the next part of the list is, with rel=next; absent at its end. Follow it as it is.", new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                }));
        }

        if (status is "429" or "503")
        {
            headers.Add(("Retry-After", "Seconds to wait.", NumberSchema.Of(1, 86_400)));
        }

        if (status == "401" && declaration.Caller is ApiCaller.Key or ApiCaller.User)
        {
            headers.Add(("WWW-Authenticate", "Always Bearer.", new OpenApiSchema { Type = JsonSchemaType.String }));
        }

        if (headers.Count > 0)
        {
            answer.Headers = headers.ToDictionary(
                static header => header.Name, static header => (IOpenApiHeader)new OpenApiHeader
                {
                    Description = header.Description,
                    Schema = header.Schema,
                });
        }
    }

    /// <summary>
    /// What is always written is required; where there are only a few words, they are said; and names that everybody knows have an example.
    /// </summary>
    private static Task CompleteSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (context.JsonPropertyInfo is { } member)
        {
            CompleteMember(schema, member);
        }
        else if (context.JsonTypeInfo.Type == typeof(ProblemDetails))
        {
            CompleteProblem(schema);
        }
        else if (schema.Properties is { Count: > 0 } properties)
        {
            schema.Required = new HashSet<string>(context.JsonTypeInfo.Properties
                .Where(property => properties.TryGetValue(property.Name, out IOpenApiSchema? its) && !IsLeftOut(property, its)).Select(
                    static property => property.Name));
        }

        return Task.CompletedTask;
    }

    private static void CompleteMember(OpenApiSchema schema, JsonPropertyInfo member)
    {
        if (s_examples.TryGetValue(member.Name, out string? example))
        {
            schema.Examples = [example];
        }

        if (
            member.AttributeProvider?.GetCustomAttributes(typeof(OldNameAttribute), inherit: false)
                .FirstOrDefault() is OldNameAttribute old)
        {
            schema.Deprecated = true;
            schema.Description = $"Old name of {old.Name}.";
        }

        if (member.AttributeProvider?.GetCustomAttributes(typeof(WordsAttribute), inherit: false).FirstOrDefault() is WordsAttribute words)
        {
            schema.Enum = [.. words.Words.Select(static word => (JsonNode)word)];
            if (schema.Type?.HasFlag(JsonSchemaType.Null) == true)
            {
                schema.Enum.Add(JsonNullSentinel.JsonNull);
            }
        }
    }

    private static void CompleteProblem(OpenApiSchema schema)
    {
        OpenApiSchema status = NumberSchema.Of(400, 599);
        status.Description = "The HTTP status.";
        schema.Description = "Problem details (RFC 9457).";
        schema.Required = new HashSet<string> { "type", "title", "status", "detail", "error" };
        schema.Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What the status means, in the words of RFC 9110." },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The status in words." },
            ["status"] = status,
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong, and what to do." },
            ["error"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The same as detail, where old tools look." },
        };
        schema.Examples =
        [
            new JsonObject
            {
                ["type"] = "https://tools.ietf.org/html/rfc9110#section-15.5.1",
                ["title"] = "Bad Request",
                ["status"] = 400,
                ["detail"] = "days: must be a whole number from 1 to 365",
                ["error"] = "days: must be a whole number from 1 to 365",
            },
        ];
    }

    private static bool IsLeftOut(JsonPropertyInfo property, IOpenApiSchema its) =>
        (property.DeclaringType.IsDefined(typeof(OmitsNullsAttribute), inherit: false) && its.Type?.HasFlag(JsonSchemaType.Null) == true)
        || property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: false).FirstOrDefault()
            is JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Never };

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
