using System.Net;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.People;

/// <summary>A test with users who sign in, each browser with cookies of its own.</summary>
public abstract class PeopleTest(BackendHost shared, params string[] args) : PlaceTest(shared, args)
{
    protected const string Password = "correct horse battery";

    /// <summary>Makes a user with a password.</summary>
    protected async Task<long> UserAsync(string email, string role, params long[] places) =>
        (await DoAsync(HttpMethod.Post, "/api/users", places.Length == 0
            ? JsonSerializer.Serialize(new { email, role, password = Password })
            : JsonSerializer.Serialize(new { email, role, password = Password, places }))).GetProperty("user").GetProperty("id").GetInt64();

    /// <summary>A browser that is signed in.</summary>
    protected async Task<Browser> SignedInAsync(string email, string password = Password, string? code = null)
    {
        Browser browser = new(Host);
        (int status, JsonElement json) = await browser.SignInAsync(email, password, code);
        Assert.True(status == 200, $"{status} {json}");
        return browser;
    }

    private protected T Sql<T>(Func<SqlSession, T> work) =>
        Host.Services.GetRequiredService<Store>().Read(work, static (session, work) => work(session));

    /// <summary>The text of the newest mail that waits, and whom it is for.</summary>
    protected JsonElement NewestMail() => JsonElement.Parse(Sql(static session =>
    {
        using SqlStatement row = session.Query("SELECT body FROM outbox WHERE channel = 'mail' ORDER BY id DESC LIMIT 1");
        Assert.True(row.Read());
        return row.Text(0);
    }));
}

/// <summary>A browser: keeps its cookie, and says from where it asks.</summary>
public sealed class Browser(BackendHost host) : IDisposable
{
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = host.Address };

    /// <summary><c>name=value</c>; null = none.</summary>
    public string? Cookie { get; set; }

    /// <summary>The whole of the last Set-Cookie.</summary>
    public string? SetCookie { get; private set; }

    /// <summary>Headers that go with every request.</summary>
    public Dictionary<string, string> Headers { get; } = new() { ["X-JamBox-Request"] = "1" };

    public async Task<(int Status, JsonElement Json)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        (int status, string text, string? type) = await SendTextAsync(
            method, path, body is null
                ? null
                : new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        return (status, type?.EndsWith("json", StringComparison.Ordinal) == true ? JsonElement.Parse(text) : default);
    }

    public async Task<(int Status, string Text, string? Type)> SendTextAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using HttpRequestMessage request = Request(method, path, content);
        using HttpResponseMessage answer = await _http.SendAsync(request);
        if (answer.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
        {
            SetCookie = cookies.Single();
            string pair = SetCookie.Split(';')[0];
            Cookie = pair.EndsWith('=') ? null : pair;
        }

        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentType?.MediaType);
    }

    public Task<(int Status, JsonElement Json)> SignInAsync(string email, string password, string? code = null) =>
        SendAsync(HttpMethod.Post, "/api/session", new { email, password, code });

    public async Task<int> StatusAsync(HttpMethod method, string path, object? body = null) => (await SendAsync(method, path, body)).Status;

    /// <summary>Opens a stream: the answer's headers are there, its end is not.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, path, null);
        HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content)
    {
        HttpRequestMessage request = new(method, path) { Content = content };
        foreach ((string name, string value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Cookie is not null)
        {
            request.Headers.Add("Cookie", Cookie);
        }

        return request;
    }
}
