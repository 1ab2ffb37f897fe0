using System.Globalization;
using System.Net;
using System.Text;

namespace JamBox.Edge.Modules;

/// <summary>Tells a module to take an image.</summary>
public interface ITrigger
{
    /// <summary>Whether the module's address must be known for it.</summary>
    bool NeedsAddress { get; }

    /// <summary>Tells it.</summary>
    /// <param name="module">The module.</param>
    /// <param name="address">Its address, if it is known.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="IOException">It could not be told; the message says why.</exception>
    Task TriggerAsync(ModuleEntry module, IPAddress? address, CancellationToken cancel);
}

/// <summary>For modules that always listen.</summary>
public sealed class NoTrigger : ITrigger
{
    /// <inheritdoc/>
    public bool NeedsAddress => false;

    /// <inheritdoc/>
    public Task TriggerAsync(ModuleEntry module, IPAddress? address, CancellationToken cancel) => Task.CompletedTask;
}

/// <summary>
/// A CAN message with the last three bytes of the module's MAC address, at the topic and in the form that gateways have always used for it.
/// </summary>
public sealed class CanTrigger : ITrigger
{
    /// <summary>The topic.</summary>
    public const string Topic = "can/outbound";

    private const int MacBytes = 3;
    private const int DataBytes = 8;
    private const int BitsPerByte = 8;

    private readonly LocalBroker _broker;

    /// <summary>Makes it.</summary>
    /// <param name="broker">The gateway's own broker.</param>
    public CanTrigger(LocalBroker broker)
    {
        _broker = broker;
    }

    /// <inheritdoc/>
    public bool NeedsAddress => false;

    /// <summary>The message.</summary>
    /// <param name="hostname">The module's name; its last six characters are the last three bytes of its MAC address in hex.</param>
    /// <returns>The JSON; null when the name does not end so.</returns>
    public static string? MessageFor(string hostname)
    {
        if (hostname.Length < MacBytes * 2
            || !uint.TryParse(hostname.AsSpan(hostname.Length - (MacBytes * 2)), NumberStyles.AllowHexSpecifier, null, out uint mac))
        {
            return null;
        }

        StringBuilder json = new("{\"identifier\":\"0x0\",\"data_length_code\":8,\"data\":[");
        for (int index = 0; index < DataBytes; index++)
        {
            uint value = index < MacBytes ? (mac >> ((MacBytes - 1 - index) * BitsPerByte)) & 0xFF : 0;
            json.Append(index == 0 ? "[" : ",[");
            for (int bit = BitsPerByte - 1; bit >= 0; bit--)
            {
                json.Append((value >> bit) & 1).Append(bit == 0 ? ']' : ',');
            }
        }

        return json.Append("],\"extd\":0,\"rtr\":0,\"ss\":0,\"self\":0}").ToString();
    }

    /// <inheritdoc/>
    public async Task TriggerAsync(ModuleEntry module, IPAddress? address, CancellationToken cancel)
    {
        string message = MessageFor(module.Hostname) ?? throw new IOException(
            $"{module.Hostname} cannot be told by CAN: its name must end with six hex digits of its MAC address.");
        await _broker.PublishAsync(Topic, Encoding.ASCII.GetBytes(message), cancel).ConfigureAwait(false);
    }
}

/// <summary>An HTTP request to the module.</summary>
public sealed class HttpTrigger : ITrigger
{
    private const int MaxUrl = 400;
    private const string HostnameMark = "{hostname}";
    private const string AddressMark = "{address}";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly string _template;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <summary>Makes it.</summary>
    /// <param name="template">The address, with <c>{hostname}</c> and <c>{address}</c>.</param>
    /// <param name="http">A client that follows no redirections.</param>
    /// <param name="time">The clock.</param>
    public HttpTrigger(string template, HttpClient http, TimeProvider time)
    {
        _template = template;
        _http = http;
        _time = time;
    }

    /// <inheritdoc/>
    public bool NeedsAddress => _template.Contains(AddressMark, StringComparison.Ordinal);

    /// <summary>Whether a text may be the setting.</summary>
    /// <param name="text">The text.</param>
    public static bool IsTemplate(string? text) =>
        text is { Length: > 0 and <= MaxUrl }
        && Uri.TryCreate(Fill(text, "esp32-000000", IPAddress.Loopback), UriKind.Absolute, out Uri? url)
        && url.Scheme is "http" or "https";

    /// <inheritdoc/>
    public async Task TriggerAsync(ModuleEntry module, IPAddress? address, CancellationToken cancel)
    {
        string url = Fill(_template, module.Hostname, address);
        using CancellationTokenSource time = new(s_limit, _time);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, url);
            using HttpResponseMessage answer = await _http
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw new IOException($"{url} answered {(int)answer.StatusCode}.");
            }
        }
        catch (HttpRequestException fault)
        {
            throw new IOException($"{url} cannot be reached: {fault.Message}", fault);
        }
        catch (OperationCanceledException fault) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"{url} did not answer within {s_limit.TotalSeconds:0} s.", fault);
        }
    }

    private static string Fill(string template, string hostname, IPAddress? address)
    {
        string shown = address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } ? $"[{address}]" : $"{address}";
        return template.Replace(HostnameMark, hostname, StringComparison.Ordinal)
            .Replace(AddressMark, shown, StringComparison.Ordinal);
    }
}
