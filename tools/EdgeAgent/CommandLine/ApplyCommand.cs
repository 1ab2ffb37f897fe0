using System.CommandLine;
using System.Security.Cryptography;

using JamBox.Deployments;
using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Ota.Signing;

namespace JamBox.Edge.CommandLine;

/// <summary>
/// Applies a package that lies on this computer, as if the server had offered it: where there is no server, or no line to it.
/// </summary>
internal static class ApplyCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "apply";

    private const int IdDigits = 16;

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    public static Command Create(AgentTerminal terminal)
    {
        Argument<string> package = new("package") { Description = "The package, a zip.", HelpName = "FILE" };
        Option<string?> version =
            new("--version") { Description = "Its version, where it does not say that itself.", HelpName = "VERSION" };
        Option<string?> config = CommandLineInterface.ConfigOption();
        Option<bool> json = CommandLineInterface.JsonOption();
        Command command = new(Name, "Applies a package that lies on this computer.") { package, version, config, json };
        command.SetAction((parsed, stop) =>
        {
            string file = AgentPaths.ConfigOf(terminal, parsed.GetValue(config));
            return RunAsync(terminal, file, parsed.GetValue(package)!, parsed.GetValue(version), parsed.GetValue(json), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        AgentTerminal terminal, string file, string package, string? version, bool isJson, CancellationToken stop)
    {
        AgentSettings settings = LiveSettings.Load(file, terminal.Environment);
        if (!File.Exists(package))
        {
            throw new AgentException($"there is no file {package}", ExitCode.BadInput);
        }

        LocalWork work = new(terminal, file, settings);
        LocalRequests.Create(work.Requests);

        // The copy is what is looked at and what is applied: the file may change meanwhile.
        string copy = Path.Combine(work.Requests, $"{Guid.NewGuid():N}.zip.new");
        try
        {
            string sha256 = await CopyAsync(package, copy, stop).ConfigureAwait(false);
            string known = Look(copy, settings, version, stop);
            string id = LocalDownloads.IdPrefix + sha256[..IdDigits];
            byte[] notice = LocalDownloads.NoticeOf(
                id, known, Path.GetFileName(package), new FileInfo(copy).Length, sha256, work.NextTimestamp());
            string wanted = LocalDownloads.PackageIn(work.Requests, id);
            File.Move(copy, wanted, overwrite: true);

            // Where nobody knows how it ends, the agent may still need it, and clears it away itself.
            bool isOver = true;
            try
            {
                return await work.RunAsync(notice, isJson, stop).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is OperationCanceledException or AgentException
                { ExitCode: ExitCode.Busy or ExitCode.Interrupted })
            {
                isOver = false;
                throw;
            }
            finally
            {
                if (isOver && (work.State is not { Job.Notice: { } busy } || busy.Id != id))
                {
                    File.Delete(wanted);
                }
            }
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static async Task<string> CopyAsync(string from, string to, CancellationToken stop)
    {
        const int BufferBytes = 128 * 1024;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        // A pipe that nobody writes to stands still, also where it is opened: who is to end does not wait for that.
        Task<FileStream> opening = Task.Run(
            () => new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true),
            CancellationToken.None);
        await using FileStream source = await opening.WaitAsync(stop).ConfigureAwait(false);
        if (source.CanSeek)
        {
            CheckSize(from, source.Length);
        }

        await using FileStream target = new(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes, useAsync: true);
        byte[] buffer = new byte[BufferBytes];
        long size = 0;
        int read;
        while ((read = await source.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(stop).ConfigureAwait(false)) > 0)
        {
            // A pipe says no length before.
            CheckSize(from, size += read);
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), stop).ConfigureAwait(false);
        }

        CheckSize(from, size);
        target.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void CheckSize(string file, long size)
    {
        if (size is 0 or > Notice.MaxSize)
        {
            throw new AgentException(
                size == 0 ? $"{file} is empty; a package has 1 byte to 2 GB" : $"{file} has more than the 2 GB that a package may have",
                ExitCode.BadInput);
        }
    }

    /// <summary>Says at once what the engine would say later.</summary>
    /// <returns>The package's version.</returns>
    private static string Look(string file, AgentSettings settings, string? version, CancellationToken stop)
    {
        try
        {
            using FileStream zip = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            PackageContents package = PackageInspector.Inspect(zip, cancellation: stop);
            PackageTrust trust = package.FindTrust(settings.TrustedKeys.Select(PublicKey.Parse));
            if (trust != PackageTrust.Release && !settings.AllowUnsigned)
            {
                throw new AgentException(
                    trust == PackageTrust.None
                        ? "the package is not signed: 'jambox deployment pack' signs it"
                        : $"the package is signed by the key {package.Signature!.KeyId}, which is none of trustedKeys",
                    ExitCode.Refused);
            }

            string known = version ?? package.Manifest?.Version
                ?? throw new AgentException("the package does not say its version: say --version", ExitCode.BadInput);
            return package.FindVersionFault(known) is { } fault ? throw new AgentException(fault, ExitCode.BadInput)
                : PackageVersion.IsValid(known) ? known
                : throw new AgentException($"--version {PackageVersion.Rule}", ExitCode.BadInput);
        }
        catch (PackageException fault)
        {
            throw new AgentException($"the package cannot be applied: {fault.Message}", ExitCode.Refused);
        }
    }
}
