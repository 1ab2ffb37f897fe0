using System.Buffers;
using System.Text.Json;

using JamBox.Deployments;

namespace JamBox.Edge.Engine;

/// <summary>Says that a release's folder is whole.</summary>
/// <param name="Id">Of the deployment.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sha256">Of its package.</param>
/// <param name="NoticeTimestamp">Of the notice it came with.</param>
/// <param name="Files">What is in it.</param>
internal sealed record CompleteNote(
    string Id, string Version, string Sha256, string NoticeTimestamp, IReadOnlyList<PackageFile> Files);

/// <summary>The folders of releases: each is made beside the others and gets its name when it is whole.</summary>
/// <param name="files">The disk.</param>
/// <param name="folder">The agent's.</param>
internal sealed class ReleaseFolders(IFiles files, AgentFolder folder)
{
    private const int BufferBytes = 80 * 1024;
    private const int MaxNote = 16 << 20;

    /// <summary>Behind the name of a release that makes room for itself, unpacked anew.</summary>
    private const string Aside = ".old";

    /// <summary>Unpacks the package that was downloaded into a folder of its own.</summary>
    /// <param name="notice">Of the package.</param>
    /// <param name="attempt">Which try.</param>
    /// <param name="options">Whom to trust, and how much of the disk to leave.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="TryFailedException">It may not be applied here, or does not fit.</exception>
    /// <exception cref="IOException">The disk.</exception>
    public void Unpack(Notice notice, int attempt, DeployerOptions options, CancellationToken cancellation)
    {
        files.CreateFolder(folder.Releases);
        string release = folder.Release(notice.Id);
        Raise(notice.Id);
        RemoveBeside(notice.Id);
        using Stream zip = files.OpenRead(folder.Part(notice.Id));
        PackageContents package = Open(zip, notice, options, cancellation);
        CheckSpace(package.UnpackedBytes, options);
        CompleteNote note = new(notice.Id, notice.Version, notice.Sha256, notice.Timestamp, package.Files);
        byte[] noted = JsonSerializer.SerializeToUtf8Bytes(note, JournalJson.Default.CompleteNote);
        if (noted.Length > MaxNote)
        {
            throw new TryFailedException(
                $"The package has so many files with so long names that the list of them takes more than {MaxNote >> 20} MB",
                isHopeless: true);
        }

        string next = $"{release}.new-{attempt}";
        Write(package, next, cancellation);
        files.FlushTree(next);

        // Only now that all of the new one is here: the one before may be what one goes back to, and the link may be turned to it.
        Forget(notice.Id);
        string? aside = null;
        if (files.FolderExists(release))
        {
            aside = AsideOf(notice.Id);
            files.Rename(release, aside);
        }

        files.Rename(next, release);
        files.FlushFolder(folder.Releases);
        files.Replace(folder.Complete(notice.Id), noted);
        if (aside is not null)
        {
            TryDelete(aside);
        }
    }

    /// <summary>What a release that is here and whole is.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>The note; null when there is none, or no folder.</returns>
    public CompleteNote? Find(string id)
    {
        try
        {
            CompleteNote? note = files.FolderExists(folder.Release(id)) && files.Read(folder.Complete(id), MaxNote) is { } bytes
                ? JsonSerializer.Deserialize(bytes, JournalJson.Default.CompleteNote) : null;
            return note is { Files: not null, Version: not null, Sha256: not null, NoticeTimestamp: not null } && note.Id == id
                && note.Files.All(static file => file is { Path: not null, Sha256: not null }) ? note : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Compares the files of a release with what was unpacked: its own scripts may have changed some.</summary>
    /// <param name="note">Of the release.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <returns>The first that is another or gone; null when none is.</returns>
    public string? FindChanged(CompleteNote note, CancellationToken cancellation) =>
        note.Files.FirstOrDefault(
            file => PackagePath.FindFault(file.Path) is not null
                || files.Hash(PathOf(note.Id, file.Path), cancellation) != file.Sha256)?.Path;

    /// <summary>Looks whether all files of a release are there, whatever is in them.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>What is gone: a file, or the folder; null when nothing is.</returns>
    public string? FindMissing(string id) => FindMissing(id, static _ => true);

    /// <summary>
    /// Looks whether a release can be brought into service again: its folder, and the scripts that it came with, must be there.
    /// </summary>
    /// <param name="id">Of the deployment.</param>
    /// <returns>What is gone; null when nothing is.</returns>
    public string? FindMissingScript(string id) => FindMissing(id, PackageLayout.IsProgram);

    /// <summary>The releases that are here and whole.</summary>
    /// <returns>Their notes, that of the newest notice first.</returns>
    public IReadOnlyList<CompleteNote> FindAll()
    {
        const string Ending = ".complete";
        return
        [
            .. files.List(folder.Releases).Where(static name => name.EndsWith(Ending, StringComparison.Ordinal))
                .Select(static name => name[..^Ending.Length]).Where(Notice.IsId).Select(Find).OfType<CompleteNote>()
                .OrderByDescending(static note => note.NoticeTimestamp, StringComparer.Ordinal),
        ];
    }

    /// <summary>Where a file of a release lies.</summary>
    /// <param name="id">Of the deployment.</param>
    /// <param name="path">In the package.</param>
    /// <returns>The path.</returns>
    public string PathOf(string id, string path) =>
        Path.Combine([folder.Release(id), .. path.Split('/')]);

    /// <summary>Checks that so much fits.</summary>
    /// <param name="bytes">How much comes.</param>
    /// <param name="options">What is to be left.</param>
    /// <exception cref="TryFailedException">It does not.</exception>
    public void CheckSpace(long bytes, DeployerOptions options)
    {
        long free = files.FreeSpace(folder.Root);
        if (free < bytes + options.ReserveBytes)
        {
            throw new TryFailedException(
                $"The disk is too full: {Mega(bytes)} MB are needed and {Mega(options.ReserveBytes)} MB are left alone, "
                + $"but {Mega(free)} MB are free");
        }
    }

    /// <summary>Removes a release: what says that it is whole first.</summary>
    /// <param name="id">Of the deployment; need not be there.</param>
    public void Remove(string id)
    {
        Forget(id);
        files.DeleteTree(folder.Release(id));
    }

    /// <summary>Removes all releases but some, and what was left half unpacked. One that stays keeps no other.</summary>
    /// <param name="keep">Their ids.</param>
    /// <returns>Why something is there still; null when all went.</returns>
    public string? RemoveOthers(IReadOnlyCollection<string> keep)
    {
        string? left = null;
        foreach (string id in keep)
        {
            try
            {
                Raise(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                left ??= e.Message;
            }
        }

        foreach (string name in files.List(folder.Releases))
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            string id = dot < 0 ? name : name[..dot];
            if (keep.Contains(id) && (dot < 0 || name == id + ".complete"))
            {
                continue;
            }

            try
            {
                Remove(name, dot < 0 && Notice.IsId(id));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody may have mounted something there, or a container has left files of another user.
                left ??= e.Message;
            }
        }

        return left;
    }

    /// <summary>Turns the link to a release.</summary>
    /// <param name="id">Of the deployment.</param>
    public void Switch(string id)
    {
        if (OperatingSystem.IsWindows())
        {
            // Links need a right that services seldom have: the text is what counts, the junction a courtesy.
            files.Replace(folder.CurrentText, System.Text.Encoding.ASCII.GetBytes(id));
            return;
        }

        string target = Path.Combine("releases", id);
        if (files.ReadLink(folder.Current) == target)
        {
            return;
        }

        if (files.ReadLink(folder.Current) is null && files.FolderExists(folder.Current))
        {
            // A script has made a folder where the link should be: a link cannot take its place.
            string moved = folder.Current + ".moved";
            files.DeleteTree(moved);
            files.Rename(folder.Current, moved);
        }

        string next = folder.Current + ".new";
        files.Delete(next);
        files.Link(next, target);
        files.Rename(next, folder.Current);
        files.FlushFolder(folder.Root);
    }

    /// <summary>The release that the link is turned to.</summary>
    /// <returns>Its id; null when there is none.</returns>
    public string? FindCurrent()
    {
        string? id = OperatingSystem.IsWindows()
            ? files.Read(folder.CurrentText, MaxNote) is { } bytes ? System.Text.Encoding.ASCII.GetString(bytes) : null
            : files.ReadLink(folder.Current) is { } target ? Path.GetFileName(target) : null;
        return id is not null && Notice.IsId(id) ? id : null;
    }

    private void Remove(string name, bool isRelease)
    {
        string path = Path.Combine(folder.Releases, name);
        if (isRelease)
        {
            Remove(name);
        }
        else if (files.ReadLink(path) is null && files.FolderExists(path))
        {
            files.DeleteTree(path);
        }
        else
        {
            files.Delete(path);
        }
    }

    /// <summary>A release that was put aside, and in whose place there is none: the agent ended between the two names.</summary>
    private void Raise(string id)
    {
        string? aside = null;
        for (int number = 1; !files.FolderExists(folder.Release(id)) && files.FolderExists(AsideOf(id, number)); number++)
        {
            // The last one: those before could not be removed, and may be half of what they were.
            aside = AsideOf(id, number);
        }

        if (aside is not null)
        {
            files.Rename(aside, folder.Release(id));
            files.FlushFolder(folder.Releases);
        }
    }

    /// <summary>Where a release is put aside: not over one that could not be removed.</summary>
    private string AsideOf(string id)
    {
        int number = 1;
        while (files.FolderExists(AsideOf(id, number)))
        {
            number++;
        }

        return AsideOf(id, number);
    }

    private string AsideOf(string id, int number) => folder.Release(id) + (number == 1 ? Aside : $"{Aside}-{number}");

    /// <summary>What is left is tried again when all is tidied.</summary>
    private void TryDelete(string path)
    {
        try
        {
            files.DeleteTree(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something is mounted in it, perhaps, or it is another user's: it is in nobody's way.
        }
    }

    /// <summary>Takes away what says that a release is whole.</summary>
    private void Forget(string id)
    {
        if (files.FileExists(folder.Complete(id)))
        {
            files.Delete(folder.Complete(id));
            files.FlushFolder(folder.Releases);
        }
    }

    private string? FindMissing(string id, Func<string, bool> isMeant) =>
        Find(id) is not { } note
            ? "its folder"
            : note.Files.FirstOrDefault(
                file => isMeant(file.Path) && (PackagePath.FindFault(file.Path) is not null || !files.FileExists(PathOf(id, file.Path))))
                ?.Path;

    private static long Mega(long bytes) => (bytes + (1 << 20) - 1) >> 20;

    private static PackageContents Open(Stream zip, Notice notice, DeployerOptions options, CancellationToken cancellation)
    {
        try
        {
            PackageContents package = PackageInspector.Inspect(zip, cancellation: cancellation);
            PackageTrust trust = package.FindTrust(options.TrustedKeys);
            if (trust != PackageTrust.Release && !options.AllowUnsigned)
            {
                throw new TryFailedException(
                    trust == PackageTrust.None
                        ? "The package is not signed; 'jambox deployment pack' signs it (or allowUnsigned: true in this gateway's own file)"
                        : $"The package is signed by key {package.Signature!.KeyId}, which is none of this gateway's trustedKeys",
                    isHopeless: true);
            }

            return package.FindVersionFault(notice.Version) is { } fault ? throw new TryFailedException(fault, isHopeless: true) : package;
        }
        catch (PackageException e)
        {
            throw new TryFailedException($"The package cannot be applied: {e.Message}", isHopeless: true);
        }
    }

    private void Write(PackageContents package, string next, CancellationToken cancellation)
    {
        files.CreateFolder(next);
        foreach (string path in package.Folders)
        {
            files.CreateFolder(Path.Combine([next, .. path.Split('/')]));
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (PackageFile file in package.Files)
            {
                cancellation.ThrowIfCancellationRequested();
                string path = Path.Combine([next, .. file.Path.Split('/')]);
                files.CreateFolder(Path.GetDirectoryName(path)!);
                using Stream source = package.OpenRead(file);
                using IFileWriter writer = files.Create(path, file.IsExecutable);
                for (int read = source.Read(buffer); read > 0; read = source.Read(buffer))
                {
                    writer.Write(buffer.AsSpan(0, read));
                }
            }
        }
        catch (PackageException e)
        {
            throw new TryFailedException($"The package was changed while it was unpacked: {e.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Removes what tries before left half unpacked.</summary>
    private void RemoveBeside(string id)
    {
        foreach (string name in files.List(folder.Releases))
        {
            if (name.StartsWith(id + ".new-", StringComparison.Ordinal))
            {
                files.DeleteTree(Path.Combine(folder.Releases, name));
            }
            else if (name.StartsWith(id + Aside, StringComparison.Ordinal))
            {
                TryDelete(Path.Combine(folder.Releases, name));
            }
        }
    }
}
