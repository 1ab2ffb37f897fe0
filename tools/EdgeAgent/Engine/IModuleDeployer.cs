namespace JamBox.Edge.Engine;

/// <summary>Brings a package's images to the modules behind this gateway.</summary>
public interface IModuleDeployer
{
    /// <summary>Writes to all modules that are enabled and not done yet.</summary>
    /// <param name="releaseFolder">Where the package is unpacked (<c>firmware/…</c> in it).</param>
    /// <param name="progress">Told of each change. It may be slow (it writes to the disk) and may be called from any thread.</param>
    /// <param name="before">
    /// What became of them in a try of this deployment before, or before a crash: those that are done with
    /// (<see cref="ModuleState.IsDone"/>) are left alone; of the others it says what they ran before all of this.
    /// </param>
    /// <param name="cancellation">The agent is to stop: ends between modules; one that is being written to is finished.</param>
    /// <returns>All modules, those that were done before included; empty when there are none.</returns>
    Task<IReadOnlyList<ModuleState>> DeployAsync(
        string releaseFolder, IProgress<ModuleState> progress, IReadOnlyList<ModuleState> before, CancellationToken cancellation);
}
