import { createBrowserRouter } from 'react-router-dom';
import { DutyPage } from '../duty/DutyPage.tsx';
import { NotFound, PageError } from './PageError.tsx';
import { Shell } from './Shell.tsx';

/** The duty view comes with the first load; every other page brings its own code when it is opened. */
export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <PageError />,
    children: [
      {
        errorElement: <PageError />,
        children: [
          { index: true, element: <DutyPage /> },
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
]);
