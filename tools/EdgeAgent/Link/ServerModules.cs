using JamBox.Edge.Engine;
using JamBox.Edge.Modules;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>The list of modules as the server has it. The last one is kept, for a deployment must not wait for the server.</summary>
/// <param name="server">The server.</param>
/// <param name="files">The disk.</param>
/// <param name="path">Where it is kept.</param>
/// <param name="logger">Where it is said that an old one is used.</param>
internal sealed class ServerModules(ServerClient server, IFiles files, string path, ILogger<ServerModules> logger) : IModuleList
{
    /// <summary>Where it lies.</summary>
    public const string Path = "api/deployments/modules";

    private string? _etag;

    /// <inheritdoc/>
    /// <exception cref="IOException">The server cannot be reached, and none was kept.</exception>
    /// <exception cref="FormatException">
    /// The server's list cannot be used. The kept one is not used then: a module that was switched off since would be written to.
    /// </exception>
    public async Task<IReadOnlyList<ModuleEntry>> ListAsync(CancellationToken cancel)
    {
        byte[]? kept = Kept();
        try
        {
            ServerAnswer answer = await server.GetAsync(Path, kept is null ? null : _etag, cancel).ConfigureAwait(false);
            if (answer.Status == 304 && kept is not null)
            {
                return ModuleListJson.Parse(kept);
            }

            if (answer.Status == 404)
            {
                // A server of old has no modules.
                return kept is null ? [] : ModuleListJson.Parse(kept);
            }

            if (!answer.IsSuccess)
            {
                throw answer.ToException("The list of modules");
            }

            IReadOnlyList<ModuleEntry> modules = ModuleListJson.Parse(answer.Body);
            files.Replace(path, answer.Body);
            _etag = answer.ETag;
            return modules;
        }
        catch (LinkException fault) when (kept is not null)
        {
            logger.LogWarning("The list of modules is the one that was kept: {Fault}", fault.Message);
            return ModuleListJson.Parse(kept);
        }
    }

    /// <returns><c>null</c> = none, or one that cannot be read.</returns>
    private byte[]? Kept()
    {
        try
        {
            if (files.Read(path, ModuleListJson.MaxBytes) is { } kept)
            {
                ModuleListJson.Parse(kept);
                return kept;
            }
        }
        catch (Exception damaged) when (damaged is FormatException or IOException)
        {
            logger.LogWarning("The list of modules that was kept is damaged: {Fault}", damaged.Message);
        }

        return null;
    }
}
