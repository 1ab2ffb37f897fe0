using System.Net;
using System.Net.Sockets;

using JamBox.Deployments;

namespace JamBox.Edge.Modules;

/// <summary>Finds the addresses of modules.</summary>
public interface INameResolver
{
    /// <summary>The address of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The address; null when nobody knows it now.</returns>
    Task<IPAddress?> ResolveAsync(ModuleEntry module, CancellationToken cancel);

    /// <summary>Forgets what is known of a module: it did not answer there.</summary>
    /// <param name="module">The module.</param>
    void Forget(ModuleEntry module);
}

/// <summary>
/// The address set by hand; else the module's name with <c>.local</c>, asked by multicast DNS and then of the system; else the bare name,
/// which the network's own name server may know. What was found is kept for as long as the answer said, 10 s to 2 min.
/// </summary>
public sealed class NameResolver : INameResolver
{
    private const uint MinKeptSeconds = 10;
    private const uint MaxKeptSeconds = 120;
    private const int MaxKept = 2000;
    private const string Local = ".local";

    private static readonly TimeSpan s_systemLimit = TimeSpan.FromSeconds(5);

    private readonly MdnsResolver _mdns;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _system;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (IPAddress Address, DateTimeOffset Until)> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes it.</summary>
    /// <param name="mdns">Asks by multicast DNS.</param>
    /// <param name="time">The clock.</param>
    /// <param name="system">Asks the system; null = <see cref="Dns"/>.</param>
    public NameResolver(MdnsResolver mdns, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? system = null)
    {
        _mdns = mdns;
        _time = time;
        _system = system ?? Dns.GetHostAddressesAsync;
    }

    /// <inheritdoc/>
    public async Task<IPAddress?> ResolveAsync(ModuleEntry module, CancellationToken cancel)
    {
        string name = NameOf(module);
        if (IPAddress.TryParse(name, out IPAddress? literal))
        {
            return literal;
        }

        lock (_gate)
        {
            if (_known.TryGetValue(name, out (IPAddress Address, DateTimeOffset Until) known) && known.Until > _time.GetUtcNow())
            {
                return known.Address;
            }
        }

        bool isLocal = name.EndsWith(Local, StringComparison.OrdinalIgnoreCase);
        if (isLocal && await _mdns.ResolveAsync(name, cancel).ConfigureAwait(false) is { } answer)
        {
            Keep(name, answer.Address, answer.TtlSeconds);
            return answer.Address;
        }

        IPAddress? found = await AskSystemAsync(name, cancel).ConfigureAwait(false);
        if (found is null && isLocal)
        {
            found = await AskSystemAsync(name[..^Local.Length], cancel).ConfigureAwait(false);
        }

        if (found is not null)
        {
            Keep(name, found, MinKeptSeconds);
        }

        return found;
    }

    /// <inheritdoc/>
    public void Forget(ModuleEntry module)
    {
        lock (_gate)
        {
            _known.Remove(NameOf(module));
        }
    }

    private static string NameOf(ModuleEntry module) => (module.Address ?? module.Hostname + Local).TrimEnd('.');

    private void Keep(string name, IPAddress address, uint seconds)
    {
        DateTimeOffset until = _time.GetUtcNow().AddSeconds(Math.Clamp(seconds, MinKeptSeconds, MaxKeptSeconds));
        lock (_gate)
        {
            if (_known.Count >= MaxKept)
            {
                _known.Clear();
            }

            _known[name] = (address, until);
        }
    }

    private async Task<IPAddress?> AskSystemAsync(string name, CancellationToken cancel)
    {
        using CancellationTokenSource time = new(s_systemLimit, _time);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            // Not every system's resolver can be ended: then it goes on by itself, and nobody waits for it.
            IPAddress[] found = await _system(name, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            return found.Where(ModuleName.IsOfOneMachine)
                .OrderBy(static one => one.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault();
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }
}
