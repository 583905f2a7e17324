"""Discounted scans as trainers write them in PyTorch: a loop over time, vectors over rows (CleanRL, verl).

Compiled is the body of the loop: a graph of hundreds of unrolled steps compiles for minutes.
"""


def _columns(inputs, params, *names):
    """Views [N,T] whatever the layout; packed rows are one row."""
    rows = 1 if params["layout"] == "packed" else params["N"]
    steps = params["steps"] // rows if rows else 0
    if params["layout"] == "time_major":
        return [inputs[name].view(steps, rows).T for name in names]
    return [inputs[name].view(rows, steps) for name in names]


def _looped(body, setup, finish):
    import torch

    def run_with(step):
        def run():
            with torch.no_grad():
                state, columns = setup()
                out = torch.empty_like(columns[0])
                for t in reversed(range(out.shape[1])):
                    out[:, t], state = step(state, *[column[:, t] for column in columns])
                return finish(out, columns)

        return run

    run = run_with(body)
    run.compile = lambda: run_with(torch.compile(body))
    return run


def gae(inputs, params):
    import torch

    rewards, values, ended = _columns(inputs, params, "rewards", "values", "terminated")
    alive = 1.0 - ended.float()
    gamma, weight = params["gamma"], params["gamma"] * params["gae_lambda"]

    def body(state, reward, value, goes_on):
        next_value, advantage = state
        delta = reward + gamma * goes_on * next_value - value
        advantage = delta + weight * goes_on * advantage
        return advantage, (value, advantage)

    def setup():
        last = inputs["last_values"][: rewards.shape[0]]
        return (last, torch.zeros_like(last)), (rewards, values, alive)

    def flat(x):
        return (x.T if params["layout"] == "time_major" else x).reshape(-1)

    def finish(advantages, columns):
        return {"advantages": flat(advantages), "returns": flat(advantages + values)}

    run = _looped(body, setup, finish)
    run.others = {"numpy": lambda: _gae_numpy(inputs, params)}
    return run


def _gae_numpy(inputs, params):
    """The loop over time of most trainers without a GPU: vectors over rows."""
    import numpy as np

    columns = _columns(inputs, params, "rewards", "values", "terminated")
    rewards, values, ended = (column.cpu().numpy() for column in columns)
    last = inputs["last_values"][: rewards.shape[0]].cpu().numpy()
    alive = np.float32(1) - ended.astype(np.float32)
    gamma, weight = np.float32(params["gamma"]), np.float32(params["gamma"] * params["gae_lambda"])

    def flat(x):
        return (x.T if params["layout"] == "time_major" else x).reshape(-1)

    def run():
        advantages = np.empty_like(rewards)
        following, advantage = last, np.zeros_like(last)
        for t in reversed(range(rewards.shape[1])):
            delta = rewards[:, t] + gamma * alive[:, t] * following - values[:, t]
            advantage = delta + weight * alive[:, t] * advantage
            advantages[:, t], following = advantage, values[:, t]
        return {"advantages": flat(advantages), "returns": flat(advantages + values)}

    return run


def vtrace(inputs, params):
    import torch

    names = ("rewards", "values", "terminated", "logp", "behavior_logp")
    rewards, values, ended, logp, behavior = _columns(inputs, params, *names)
    alive = 1.0 - ended.float()
    gamma = params["gamma"]

    def body(state, reward, value, goes_on, log_ratio):
        next_value, correction = state
        ratio = log_ratio.exp()
        discount = gamma * goes_on
        delta = ratio.clamp(max=params["rho_bar"]) * (reward + discount * next_value - value)
        trace = params["lambda"] * ratio.clamp(max=params["c_bar"])
        correction = delta + discount * trace * correction
        return correction, (value, correction)

    def setup():
        last = inputs["last_values"]
        return (last, torch.zeros_like(last)), (rewards, values, alive, logp - behavior)

    def finish(corrections, columns):
        last = inputs["last_values"].unsqueeze(1)
        targets = values + corrections
        following = torch.cat([targets[:, 1:], last], dim=1)
        rho = columns[3].exp().clamp(max=params["pg_rho_bar"])
        advantages = rho * (rewards + gamma * alive * following - values)
        return {"targets": targets.reshape(-1), "advantages": advantages.reshape(-1)}

    return _looped(body, setup, finish)
