namespace JamBox.Edge.Engine;

/// <summary>What is heard of modules while they are written.</summary>
public sealed partial class Deployer
{
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Keeps what is done with in the journal, so that a crash writes to no module twice, and reports; changes that are only of interest
    /// for a
    /// moment not more often than every two seconds.
    /// </summary>
    private sealed class ModuleProgress(Deployer deployer, Job job) : IProgress<ModuleState>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, ModuleState> _modules = (job.Modules ?? []).ToDictionary(
            static module => module.Hostname, StringComparer.OrdinalIgnoreCase);

        private DateTimeOffset _said;
        private bool _done;
        private Exception? _failed;

        public void Report(ModuleState value)
        {
            // A disk that is slow for one must not hold up the transfers of the others, which modules give up after seconds: news that
            // comes meanwhile is left out.
            bool isEnd = value.IsDone || value.Status is ModuleStatus.Failed or ModuleStatus.Restored;
            if (isEnd)
            {
                _gate.Enter();
            }
            else if (!_gate.TryEnter())
            {
                return;
            }

            try
            {
                _modules[value.Hostname] = value;
                DateTimeOffset now = deployer._parts.Clock.GetUtcNow();
                if (_failed is not null || (!isEnd && now - _said < s_reportEvery))
                {
                    return;
                }

                _said = now;
                _done |= value.IsDone;

                // Who dies again and again while modules are written and yet gets on is not given up.
                Job next = job with
                {
                    Deaths = _done ? 0 : job.Deaths,
                    Modules = [.. _modules.Values.OrderBy(static module => module.Hostname, StringComparer.Ordinal)],
                };
                try
                {
                    deployer.Change(
                        state => state with { Job = next, Current = state.Current! with { Modules = next.Modules } },
                        state => deployer.Compose(state, next, DeploymentStatus.Deploying, Percent()));
                }
                catch (Exception e)
                {
                    // Whoever writes to modules must not be stopped in the midst of it by our disk.
                    _failed = e;
                }
            }
            finally
            {
                _gate.Exit();
            }
        }

        /// <summary>Says what went wrong with the journal meanwhile.</summary>
        public void ThrowIfFailed()
        {
            if (_failed is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failed);
            }
        }

        private int Percent() =>
            (int)_modules.Values.Average(static module => module.IsDone ? 100 : Math.Clamp(module.Percent ?? 0, 0, 100));
    }
}
