# A change that somebody proposes: `graphwhy plan change.ps1 --state tenant.json --expect expect.toml` says who gains, who
# loses, and which expectation would break.
Set-CsApplicationAccessPolicy -Identity 'Sales' -AppIds @{Add='1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11'}
