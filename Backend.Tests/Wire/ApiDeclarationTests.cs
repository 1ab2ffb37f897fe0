using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace JamBox.Backend.Tests.Wire;

/// <summary>Every operation of the OpenAPI document does what the document says, and says all that it does.</summary>
public sealed class ApiDeclarationTests(DeclaredBackend host) : IClassFixture<DeclaredBackend>
{
    [Fact]
    public async Task EveryOperationSaysAllThatAGeneratorNeeds()
    {
        List<string> faults = [];
        foreach (ApiOperation operation in await host.OperationsAsync())
        {
            JsonNode json = operation.Json;
            Expect(json["operationId"] is not null && json["tags"]?.AsArray().Count == 1, "a name and one tag");
            Expect(Text(json["summary"]).Length > 0 && Text(json["description"]).Length > 0, "a summary and a description");
            Expect(json["security"] is not null, "who may call: ForDevices, ForAnybody or MapFor");
            foreach (JsonNode? parameter in operation.Parameters)
            {
                string type = Text(parameter!["schema"]?["type"]);
                Expect(Text(parameter["description"]).Length > 0, $"what {parameter["name"]} means");
                Expect(
                    type.Length > 0 && (type != "integer" || parameter["schema"]!["minimum"] is not null),
                    $"the type and range of {parameter["name"]}");
            }

            JsonObject answers = json["responses"]!.AsObject();
            Expect(answers.Any(static answer => answer.Key[0] == '2'), "what it answers when all is well");
            foreach ((string status, JsonNode? answer) in answers)
            {
                JsonObject? content = answer!["content"]?.AsObject();
                Expect(Text(answer["description"]).Length > 0, $"what {status} means");
                Expect(
                    status == "204" || content?.All(static media => media.Value!["schema"] is not null) == true, $"the schema of {status}");
                string form = operation.Caller == "deviceToken" ? "application/json" : "application/problem+json";
                Expect(status[0] == '2' || content?.ContainsKey(form) == true, $"the form of {status}");
                Expect(status is not ("429" or "503") || answer["headers"]?["Retry-After"] is not null, $"Retry-After of {status}");
            }

            string[] expected =
                operation.Caller switch { "apiKey" or "session" => ["401", "403", "429", "503"], "deviceToken" => ["401", "429", "503"],
                    _ => [] };
            Expect(expected.All(answers.ContainsKey), "the refusals of its gate");
            Expect(
                json["requestBody"] is null || (answers.ContainsKey("400") && answers.ContainsKey("413")),
                "400 and 413, because it takes a body");
            Expect(
                operation.Json["requestBody"]?["content"]?["application/json"] is not { } body || body["example"] is not null,
                "an example of its body");

            void Expect(bool isSaid, string what)
            {
                if (!isSaid)
                {
                    faults.Add($"{operation.Name} lacks {what}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task EveryMemberSaysWhatItIs()
    {
        List<string> faults = [];
        foreach ((string name, JsonNode? schema) in (await host.DocumentAsync())["components"]!["schemas"]!.AsObject())
        {
            IEnumerable<string> mute = schema!["properties"]?.AsObject().Where(static property => !SaysWhat(property.Value!))
                .Select(property => $"{name}.{property.Key}") ?? [];
            faults.AddRange(SaysWhat(schema) ? mute : mute.Append(name));
        }

        Assert.True(faults.Count == 0, $"Add a /// to {string.Join(", ", faults)}");

        // What may be null is "null or that", and the description is with the latter.
        static bool SaysWhat(JsonNode schema) => Text(schema["description"]).Length > 0 || schema["oneOf"]?.AsArray()
            .Any(static one => Text(one!["description"]).Length > 0) == true;
    }

    [Fact]
    public async Task NumbersAreNumbers()
    {
        List<string> faults = [];
        Walk(await host.DocumentAsync(), "");
        Assert.Empty(faults);

        void Walk(JsonNode? node, string path)
        {
            if (node is JsonArray { Count: > 0 } list)
            {
                if (path.EndsWith("/type", StringComparison.Ordinal)
                    && list.Select(Text).Contains("string")
                    && list.Select(Text).Any(static type => type is "integer" or "number"))
                {
                    faults.Add(path);
                }

                list.ToList().ForEach(item => Walk(item, path));
            }

            foreach ((string name, JsonNode? value) in node as JsonObject ?? [])
            {
                Walk(value, $"{path}/{name}");
            }
        }
    }

    [Fact]
    public async Task EveryNameThatIsReadIsDeclared()
    {
        host.Undeclared.Clear();
        int read = host.NamesRead;
        foreach (ApiOperation operation in (await host.OperationsAsync()).Where(static operation => operation.Id != "BackUp"))
        {
            // Without its id, so that a device's is looked for in the query.
            JsonObject? body = operation.Body?.DeepClone().AsObject();
            body?.Remove("d");

            // A reading without any query is taken before routing: with one it goes the way of all requests.
            string query = operation.Id == "PostReading" ? "?x=1" : "";
            using HttpResponseMessage answer = await host.SendAsync(operation, query, body?.ToJsonString());
        }

        Assert.Empty(host.Undeclared);
        Assert.True(host.NamesRead - read > 50, $"Only {host.NamesRead - read} names were read: is anything recorded?");
    }

    [Fact]
    public async Task UnknownNamesInTheQueryAreRefusedByName()
    {
        foreach (ApiOperation operation in await host.OperationsAsync())
        {
            using HttpResponseMessage answer = await host.SendAsync(operation, "?nonsense=1", operation.Body?.ToJsonString());
            if (operation.Caller is "apiKey" or "session" || (operation.Caller.Length == 0 && operation.Body is not null))
            {
                Assert.True((int)answer.StatusCode == 400, $"{operation.Name}: {(int)answer.StatusCode}");
                Assert.StartsWith("nonsense: unknown in this query", await ErrorAsync(answer), StringComparison.Ordinal);
            }
            else
            {
                Assert.NotEqual("nonsense", (await ErrorAsync(answer)).Split(':')[0]);
            }
        }
    }

    [Fact]
    public async Task ValuesThatDoNotFitAreRefusedByName()
    {
        foreach (ApiOperation operation in (await host.OperationsAsync()).Where(static operation => operation.Caller == "apiKey"))
        {
            foreach (
                JsonNode? parameter in operation.Parameters.Where(
                    static p => Text(p!["in"]) == "query" && (
                        Text(p["schema"]!["type"]) != "string" || p["schema"]!["format"] is not null)))
            {
                using HttpResponseMessage answer = await host.SendAsync(
                    operation, $"?{parameter!["name"]}=nonsense", operation.Body?.ToJsonString());
                Assert.True((int)answer.StatusCode == 400, $"{operation.Name} {parameter["name"]}: {(int)answer.StatusCode}");
                string name = Text(parameter["description"]).StartsWith("Old name of ", StringComparison.Ordinal)
                    ? Text(parameter["description"])["Old name of ".Length..^1]
                    : Text(parameter["name"]);
                Assert.StartsWith($"{name}: must be ", await ErrorAsync(answer), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(
        "/api/readings?devcie_id=JBNB0001", "devcie_id (device_id?): unknown in this query; it takes device_id, days, from, until, limit, cursor")]
    [InlineData("/api/readings?limit=1&limit=2", "limit: is there 2 times; send it once")]
    [InlineData("/api/readings?days=366", "days: must be a whole number from 1 to 365")]
    [InlineData("/api/stats?%3Cscript%3E=1", "<script>: unknown in this query; it takes no parameters")]
    [InlineData("/api/hourly?day=2026-02-30", "day: must be a day such as 2026-01-29")]
    public async Task ARefusalSaysWhatToDo(string path, string error)
    {
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, path);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal(error, await ErrorAsync(answer));
    }

    [Fact]
    public async Task OldNamesInTheQueryMeanTheSame()
    {
        using HttpResponseMessage old = await host.AdminAsync(HttpMethod.Get, $"/api/summary?device={host.Device.Id}");
        Assert.Equal(host.Device.Id, JsonNode.Parse(await old.Content.ReadAsStringAsync())!["device_id"]!.GetValue<string>());

        // Of two names for one thing the right one wins, in whatever order.
        using HttpResponseMessage both = await host.AdminAsync(
            HttpMethod.Get, $"/api/summary?device=JBNB9999&device_id={host.Device.Id}&day=");
        Assert.Equal(200, (int)both.StatusCode);
    }

    [Fact]
    public async Task EveryExampleIsTaken()
    {
        foreach (ApiOperation operation in (await host.OperationsAsync()).Where(static operation => operation.Body is not null))
        {
            using HttpResponseMessage answer = await host.SendAsync(operation, "", operation.Body!.ToJsonString());
            Assert.True(
                (int)answer.StatusCode is < 400 or 403 or 404 or 409 || (operation.Id == "SignIn" && (int)answer.StatusCode == 401)
                    || (operation.Id is "QueueCommands" or "PutConfigs" && await ErrorAsync(answer) == "place, tag or devices: say whose boxes") || (
                    operation.Id is "CreateRollout" or "MakePatch" && await ErrorAsync(answer) == "firmware_id: there is no build 7"),
                $"{operation.Name}: {(int)answer.StatusCode} {await ErrorAsync(answer)}");
        }
    }

    [Fact]
    public async Task UnknownMembersAreRefusedByNameToToolsAndSkippedToDevices()
    {
        foreach (ApiOperation operation in (await host.OperationsAsync()).Where(static operation => operation.Body is not null))
        {
            JsonObject body = operation.Body!.DeepClone().AsObject();
            body["nonsense"] = new JsonObject { ["a"] = 1 };
            using HttpResponseMessage answer = await host.SendAsync(operation, "", body.ToJsonString());
            if (operation.Caller == "deviceToken")
            {
                Assert.True((int)answer.StatusCode is 200 or 201, $"{operation.Name}: {(int)answer.StatusCode}");
            }
            else
            {
                Assert.True((int)answer.StatusCode == 400, $"{operation.Name}: {(int)answer.StatusCode}");
                Assert.StartsWith("nonsense: unknown in this body; it takes ", await ErrorAsync(answer), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Of two values one is not meant: tools are told, whichever the member is. What a device sends is not lost for it.</summary>
    [Fact]
    public async Task AMemberThatIsThereTwiceIsRefusedToTools()
    {
        foreach (ApiOperation operation in (await host.OperationsAsync()).Where(
            static operation => operation.Body is JsonObject { Count: > 0 }))
        {
            JsonObject body = operation.Body!.DeepClone().AsObject();
            (string name, JsonNode? value) = body.First();
            string text = body.ToJsonString();
            string twice = $"{text[..^1]},\"{name}\":{value?.ToJsonString() ?? "null"}}}";
            using HttpResponseMessage answer = await host.SendAsync(operation, "", twice);
            if (operation.Caller == "deviceToken")
            {
                Assert.True((int)answer.StatusCode is 200 or 201, $"{operation.Name}: {(int)answer.StatusCode}");
            }
            else
            {
                Assert.True((int)answer.StatusCode == 400, $"{operation.Name}: {(int)answer.StatusCode}");
                Assert.Equal($"{name}: is there twice", await ErrorAsync(answer));
            }
        }
    }

    [Fact]
    public async Task WhatIsRequiredIsRequiredAndPatternsHold()
    {
        JsonNode document = await host.DocumentAsync();
        foreach (
            ApiOperation operation in (await host.OperationsAsync()).Where(
                static operation => operation.Body is not null && operation.Id is not "ActivateDevice"))
        {
            JsonNode schema = document["components"]!["schemas"]![operation.Schema!]!;
            IEnumerable<string> required = schema["required"]?.AsArray().Select(Text) ?? [];
            IEnumerable<string> patterned = schema["properties"]!.AsObject()
                .Where(static property => property.Value!["pattern"] is not null && property.Value["deprecated"] is null)
                .Select(static property => property.Key);
            IEnumerable<(string Name, JsonObject Body)> broken = required.Select(name => (name, Without(name))).Concat(
                patterned.Select(name => (name, With(name, "~"))));
            foreach ((string name, JsonObject body) in broken)
            {
                using HttpResponseMessage answer = await host.SendAsync(operation, "", body.ToJsonString());
                Assert.True((int)answer.StatusCode == 400, $"{operation.Name} {name}: {(int)answer.StatusCode}");
            }

            JsonObject Without(string name)
            {
                JsonObject body = operation.Body!.DeepClone().AsObject();
                body.Remove(name);
                return body;
            }

            JsonObject With(string name, string value)
            {
                JsonObject body = Without(name);
                body[name] = value;
                return body;
            }
        }
    }

    [Fact]
    public async Task HeadIsGetWithoutTheBody()
    {
        string[] ownOfEach = ["Date", "Transfer-Encoding", "Content-Length"];
        foreach (ApiOperation operation in (await host.OperationsAsync()).Where(static operation => operation.Method == HttpMethod.Get))
        {
            using HttpResponseMessage get = await host.SendAsync(operation, "", null);
            using HttpResponseMessage head = await host.SendAsync(operation with { Method = HttpMethod.Head }, "", null);
            Assert.True(get.StatusCode == head.StatusCode, $"{operation.Name}: {(int)get.StatusCode}, HEAD {(int)head.StatusCode}");
            Assert.Equal(Headers(get), Headers(head));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }

        string[] Headers(HttpResponseMessage answer) =>
            [.. answer.Headers.Concat(answer.Content.Headers).Where(header => !ownOfEach.Contains(header.Key))
                .Select(static header => $"{header.Key}: {string.Join(",", header.Value)}").Order()];
    }

    [Fact]
    public async Task HeadOnWhatHasNoGetSaysWhatThereIs()
    {
        using HttpResponseMessage head = await host.AdminAsync(HttpMethod.Head, "/api/keys/nobody");
        Assert.Equal(405, (int)head.StatusCode);
        Assert.Equal("DELETE", string.Join(", ", head.Content.Headers.Allow));
        using HttpResponseMessage post = await host.AdminAsync(HttpMethod.Post, "/api/devices");
        Assert.Equal("GET, HEAD", string.Join(", ", post.Content.Headers.Allow));
    }

    /// <summary>
    /// The generator of endpoints makes one of two handlers with the same answer and parameters, whatever the attributes say: then
    /// the second would look for the first one's names in the path.
    /// </summary>
    [Fact]
    public void HandlersOfOneShapeAreBoundAlike()
    {
        var shapes = host.Endpoints
            .Select(static endpoint => (endpoint.Metadata.GetMetadata<MethodInfo>(), endpoint.Metadata.GetMetadata<HttpMethodMetadata>()))
            .Where(static pair => pair.Item1 is not null && pair.Item2 is not null)
            .GroupBy(static pair => string.Join(
                ", ", [.. pair.Item2!.HttpMethods, pair.Item1!.ReturnType, .. pair.Item1.GetParameters().Select(static p => p.ToString())]))
            .ToList();
        Assert.InRange(shapes.Sum(static shape => shape.Count()), 100, int.MaxValue);
        foreach (var shape in shapes)
        {
            string[] bindings = [.. shape.Select(static pair => string.Join(", ", pair.Item1!.GetParameters().Select(BoundTo))).Distinct()];
            Assert.True(bindings.Length == 1, $"{shape.Key}: {string.Join(" and ", bindings)}: give the parameters different names");
        }

        static string BoundTo(ParameterInfo parameter) =>
            string.Join('+', parameter.GetCustomAttributes().Select(static a => $"{a.GetType().Name} {(a as IModelNameProvider)?.Name}"));
    }

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static async Task<string> ErrorAsync(HttpResponseMessage answer) =>
        (int)answer.StatusCode >= 400 && answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            ? Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"])
            : "";
}

/// <summary>A backend that writes down which names of queries are read, and whether the endpoint has declared them.</summary>
public sealed class DeclaredBackend : IAsyncLifetime, IStartupFilter
{
    private readonly BackendHost _host;
    private JsonNode? _document;
    private int _signedIn;

    /// <summary>Keeps no cookies: each request has its own.</summary>
    private HttpClient _users = new();

    public DeclaredBackend() => _host = new BackendHost(TestStorage.Sqlite)
    {
        Configure = builder => builder.Services.AddSingleton<IStartupFilter>(this),
    };

    public TestDevice Device { get; private set; } = null!;

    /// <summary>Who says what no box says.</summary>
    public TestDevice Thing { get; private set; } = null!;

    public IEnumerable<Endpoint> Endpoints => _host.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Operation and name of what was read without having been declared.</summary>
    public List<string> Undeclared { get; } = [];

    public int NamesRead { get; private set; }

    public async Task InitializeAsync()
    {
        await _host.InitializeAsync();
        _users = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = _host.Address };
        Device = await _host.RegisterAsync("JBNB0001");
        using HttpRequestMessage thing = new(HttpMethod.Post, "/api/device/register")
        {
            Content = new StringContent("""{"device_id":"clock-1","kind":"thing"}"""),
        };
        thing.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        using HttpResponseMessage registered = await _host.Http.SendAsync(thing);
        Thing = new TestDevice(
            _host, "clock-1", JsonNode.Parse(await registered.Content.ReadAsStringAsync())!["token"]!.GetValue<string>());
        using HttpResponseMessage place = await _host.AdminAsync(HttpMethod.Post, "/api/places", """{"name":"Main hall"}""");
        using HttpResponseMessage user = await _host.AdminAsync(
            HttpMethod.Post, "/api/users", """{"email":"first@example.org","role":"viewer"}""");
    }

    public Task DisposeAsync()
    {
        _users.Dispose();
        return _host.DisposeAsync();
    }

    public async Task<JsonNode> DocumentAsync() => _document ??= JsonNode.Parse(await _host.Http.GetStringAsync("/openapi/v1.json"))!;

    public async Task<IReadOnlyList<ApiOperation>> OperationsAsync() =>
        [.. (await DocumentAsync())["paths"]!.AsObject().SelectMany(static path =>
            path.Value!.AsObject().Select(
                method => new ApiOperation(new HttpMethod(method.Key.ToUpperInvariant()), path.Key, method.Value!)))];

    public Task<HttpResponseMessage> AdminAsync(HttpMethod method, string path) => _host.AdminAsync(method, path);

    /// <summary>Calls an operation for the registered device, as who may.</summary>
    public async Task<HttpResponseMessage> SendAsync(ApiOperation operation, string query, string? body)
    {
        string path = operation.Path.Replace("{device_id}", Device.Id, StringComparison.Ordinal)
            .Replace("{id}", "1", StringComparison.Ordinal).Replace("{name}", "nobody", StringComparison.Ordinal)
            .Replace("{day}", "2026-12-24", StringComparison.Ordinal).Replace("{user_id}", "1", StringComparison.Ordinal);
        foreach (JsonNode? parameter in operation.Parameters)
        {
            if (parameter!["in"]!.GetValue<string>() == "path" && parameter["example"] is { } example)
            {
                path = path.Replace($"{{{parameter["name"]}}}", Uri.EscapeDataString(example.ToString()), StringComparison.Ordinal);
            }
        }

        HttpRequestMessage request = new(operation.Method, path + query);
        if (operation.Caller == "session")
        {
            request.Headers.Add("Cookie", await SignInAsync());
            request.Headers.Add("X-JamBox-Request", "1");
        }
        else
        {
            request.Headers.Authorization = new("Bearer", operation.Caller != "deviceToken" ? BackendHost.AdminKey
                : operation.Path.StartsWith("/api/things", StringComparison.Ordinal) ? Thing.Token : Device.Token);
        }

        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await _users.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The cookie of somebody new: what operations do to a user, the next one does not see.</summary>
    private async Task<string> SignInAsync()
    {
        const string Password = "correct horse battery";
        string email = $"user{Interlocked.Increment(ref _signedIn)}@example.org";
        using HttpResponseMessage made = await _host.AdminAsync(
            HttpMethod.Post, "/api/users", $$"""{"email":"{{email}}","role":"viewer","password":"{{Password}}"}""");
        using StringContent body = new($$"""{"email":"{{email}}","password":"{{Password}}"}""");
        using HttpResponseMessage answer = await _users.PostAsync(new Uri("/api/session", UriKind.Relative), body);
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    Action<IApplicationBuilder> IStartupFilter.Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, then) =>
        {
            context.Features.Set<IQueryFeature>(new QueryFeature(new RecordingQuery(context.Request.Query, name => Note(context, name))));
            return then(context);
        });
        next(app);
    };

    private void Note(HttpContext context, string name)
    {
        NamesRead++;
        if (
            context.GetEndpoint()?.Metadata.GetMetadata<ApiDeclaration>()?.Query
                .Any(known => known.Name == name || known.OldNames.Contains(name)) != true)
        {
            Undeclared.Add($"{context.GetEndpoint()?.DisplayName}: {name}");
        }
    }

    private sealed class RecordingQuery(IQueryCollection query, Action<string> note) : IQueryCollection
    {
        public int Count => query.Count;

        public ICollection<string> Keys => query.Keys;

        public StringValues this[string key]
        {
            get
            {
                note(key);
                return query[key];
            }
        }

        public bool ContainsKey(string key)
        {
            note(key);
            return query.ContainsKey(key);
        }

        public bool TryGetValue(string key, out StringValues value)
        {
            note(key);
            return query.TryGetValue(key, out value);
        }

        public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => query.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => query.GetEnumerator();
    }
}

/// <summary>An operation of the document.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, with placeholders.</param>
/// <param name="Json">What is said of it.</param>
public sealed record ApiOperation(HttpMethod Method, string Path, JsonNode Json)
{
    public string Id => Json["operationId"]?.GetValue<string>() ?? "";

    public string Name => $"{Method} {Path}";

    /// <summary>apiKey, session, deviceToken, or nothing.</summary>
    public string Caller => Json["security"] is JsonArray { Count: > 0 } security ? security[0]!.AsObject().First().Key : "";

    public JsonArray Parameters => Json["parameters"]?.AsArray() ?? [];

    /// <summary>The example of its JSON body; null when it takes none.</summary>
    public JsonNode? Body => Json["requestBody"]?["content"]?["application/json"]?["example"];

    /// <summary>Name of the schema of that body.</summary>
    public string? Schema => Json["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"]?.GetValue<string>().Split('/')[^1];
}
